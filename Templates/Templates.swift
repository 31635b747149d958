/// Files that end up on hosts or in projects, embedded in the binary.
public enum Template {
  /// `harden.py`, which a Django project's settings import in their last line.
  ///
  /// Written for Django 3.2 and later. harden writes nothing into a project: whoever owns it copies this file.
  public static var djangoSettings: String { String(decoding: PackageResources.django_settings_py, as: UTF8.self) }
}
