import HostState
import RecipeDSL
import Resources

/// Why a directive of Apache has its value.
package struct WhyApache: WhyQuestion {
  let directive: String

  package init(directive: String) { self.directive = directive }

  /// What holds where no line says anything: https://httpd.apache.org/docs/2.4/mod/quickreference.html
  static let defaults: [String: String] = [
    "AllowEncodedSlashes": "Off", "FileETag": "MTime Size", "HostnameLookups": "Off", "KeepAlive": "On",
    "KeepAliveTimeout": "5", "LimitRequestBody": "1073741824", "LimitRequestFields": "100",
    "LimitRequestFieldSize": "8190", "LimitRequestLine": "8190", "MaxKeepAliveRequests": "100",
    "ServerSignature": "Off", "ServerTokens": "Full", "Timeout": "60", "TraceEnable": "On", "UseCanonicalName": "Off",
  ]

  /// Directives of which every line counts.
  private static let additive: Set<String> = [
    "addencoding", "addhandler", "addoutputfilterbytype", "addtype", "alias", "aliasmatch", "browsermatch", "customlog",
    "define", "header", "include", "includeoptional", "listen", "loadmodule", "logformat", "redirect", "redirectmatch",
    "require", "requestheader", "rewritecond", "rewriterule", "scriptalias", "serveralias", "setenv", "setenvif",
    "setenvifnocase",
  ]

  private static let folder: Path = "/etc/apache2"
  private static let unit = "apache2.service"

  package func probes(given known: Observations) -> Set<Probe> {
    var probes: Set<Probe> = [.package(name: "apache2"), .operator]
    guard (try? known.hasPackage("apache2")) == true else { return probes }
    probes.formUnion([.output(question: ApacheConfiguration.question), .stale(unit: Self.unit, paths: [Self.folder])])
    guard let configuration = Self.configuration(known) else { return probes }
    for file in Self.files(configuration) { probes.insert(.stale(unit: Self.unit, paths: [file])) }
    if !isKnown(configuration) { probes.insert(.output(question: Self.listing)) }
    return probes
  }

  /// All directives of the modules that are loaded: https://httpd.apache.org/docs/2.4/programs/httpd.html
  private static let listing = Question(Command("/usr/sbin/apachectl", ["-L"]), reads: [folder], package: "apache2")

  /// Whether Apache need not be asked for its name.
  private func isKnown(_ configuration: ApacheConfiguration) -> Bool {
    let name = directive.lowercased()
    return Self.defaults.keys.contains { $0.lowercased() == name }
      || configuration.directives.contains { $0.name.lowercased() == name }
  }

  /// Why this is no directive that could be asked about; nil for one, and where Apache does not list its own.
  ///
  /// Lines such as `ServerTokens (core.c)` and `<Directory (core.c)`, what it means beneath each after a tab.
  package func misuse(given host: Observations) -> Diagnostic? {
    guard case .there(.output(let result))? = host.answer(.output(question: Self.listing)), result.status == 0 else {
      return nil
    }
    let names = result.output.lines.filter { !$0.hasPrefix("\t") && $0.hasSuffix(")") }.map { line in
      String(line.drop { $0 == "<" }.prefix { $0 != " " })
    }
    guard !names.isEmpty, !names.contains(where: { $0.lowercased() == directive.lowercased() }) else { return nil }
    return .unknownDirective(directive, meant: nearMiss(to: directive, in: names))
  }

  package func answer(given host: Observations) throws(Diagnostic) -> WhyAnswer {
    guard try host.hasPackage("apache2") else { throw .notInstalled() }
    guard let configuration = Self.configuration(host) else {
      throw .refused(try host.output(ApacheConfiguration.question).value)
    }
    let lines = configuration.directives.filter { $0.name.lowercased() == directive.lowercased() }
    let name = lines.last?.name ?? Self.defaults.keys.first { $0.lowercased() == directive.lowercased() } ?? directive
    var answer = WhyAnswer(key: "apache.\(name)")
    let isAdditive = Self.additive.contains(directive.lowercased())
    let global = lines.last { $0.sections.isEmpty }
    answer.value = isAdditive ? "\(lines.count) \(lines.count == 1 ? "line" : "lines")" : global?.arguments
    for line in lines {
      var shown = WhyAnswer.Line(place: "\(line.file):\(line.line)", value: line.arguments)
      if !line.sections.isEmpty { shown.remark = "in \(line.sections.joined(separator: " "))" }
      if isAdditive || line == global {
        answer.decidedBy.append(shown)
      } else {
        shown.remark = line.sections.isEmpty ? "read earlier: the last one counts" : shown.remark.map { $0 + ", alone" }
        answer.others.append(shown)
      }
    }
    if lines.contains(where: { !$0.sections.isEmpty }), !isAdditive {
      answer.circumstance = "where no section says otherwise"
    }
    if answer.value == nil, let value = Self.defaults.first(where: { $0.key == name })?.value { answer.value = value }
    if global == nil, !isAdditive {
      let most = Self.defaults[name] == nil ? "if it knows this directive" : ""
      answer.notes.append(
        "No line outside of a section sets it: Apache's own default holds\(most.isEmpty ? "" : ", " + most).")
    }
    answer.notes.append(try Self.daemonNote(configuration, host))
    return answer
  }

  private static func configuration(_ known: Observations) -> ApacheConfiguration? {
    guard let result = (try? known.output(ApacheConfiguration.question))?.value, result.status == 0 else { return nil }
    return ApacheConfiguration(dump: result.output)
  }

  private static func files(_ configuration: ApacheConfiguration) -> [Path] {
    Set(configuration.directives.map(\.file).filter { $0.hasPrefix("/") }).sorted().map { Path($0) }
  }

  /// The daemon against the disk.
  private static func daemonNote(
    _ configuration: ApacheConfiguration, _ host: Observations
  ) throws(Diagnostic) -> String {
    switch try host.isStale(unit, [folder]) {
    case .absent: return "Apache does not run: this is what one would do that starts now."
    case .unreadable(let reason): return "Whether Apache has loaded what is on disk could not be told: \(reason)."
    case .there(false), .moved: return "Apache runs with what is on disk."
    case .there(true): break
    }
    var newer: [String] = []
    for file in files(configuration) where try host.isStale(unit, [file]) == .there(value: true) {
      newer.append(file.text)
    }
    let named = newer.isEmpty ? "something beneath \(folder)" : listed(newer)
    return "Newer than what Apache has loaded: \(named). Until systemctl reload apache2, it may still go by what was "
      + "there before."
  }
}

extension Diagnostic {
  fileprivate static func notInstalled() -> Diagnostic {
    Diagnostic("No Apache", detail: "The package apache2 is not installed here, so no directive of it is in force.")
  }

  fileprivate static func unknownDirective(_ name: String, meant: String?) -> Diagnostic {
    Diagnostic(
      "Unknown directive",
      detail: "Apache, with the modules that it loads here, knows no directive “\(name)”."
        + (meant.map { " Did you mean apache.\($0)?" } ?? ""),
      fix: meant.map { "harden why apache.\($0)" } ?? "apache2ctl -L")
  }

  fileprivate static func refused(_ result: CommandResult?) -> Diagnostic {
    Diagnostic(
      "Configuration not told",
      detail: "Apache does not tell its configuration: it is in error, or not all of it can be read without root.",
      fix: "sudo apachectl configtest",
      command: result.map { FailedCommand(ApacheConfiguration.question.command, $0) })
  }
}
