import HostState
import Planning
import RecipeDSL

/// A blank Debian 12 with cloud-init's drop-in, as the built-in Django recipe finds it.
enum SamplePlan {
  static let box = HostFacts(
    system: "debian", version: "12", prettyName: "Debian GNU/Linux 12 (bookworm)", hostName: "box",
    timeZone: "Etc/UTC", addresses: ["203.0.113.10"], uplinks: 1)

  static let people = PlannedSection(
    name: "People", why: "Each account can do its own job and nothing more.",
    items: [
      PlannedItem(address: "user:www-data", source: nil),
      PlannedItem(
        address: "user:deploy", source: SourceLine(file: "Recipes/DjangoApache.swift", line: 14),
        changes: [
          Change(
            "user deploy", from: nil, to: "administrator, sudo without password, key SHA256:9xQe \"laptop\"",
            risk: .opens)
        ],
        notes: ["root has 1 key that the recipe does not name: SHA256:Zt3k \"old laptop\""]),
    ])

  static let wayIn = PlannedSection(
    name: "Way in", why: "Most break-ins begin with a guessed password.",
    items: [
      PlannedItem(
        address: "sshd", source: nil,
        changes: [
          Change(
            "sshd", "PasswordAuthentication", from: "yes", to: "no",
            decidedBy: "set by /etc/ssh/sshd_config.d/50-cloud-init.conf:1", risk: .closes),
          Change("sshd", "PermitRootLogin", from: "yes", to: "no", risk: .closes),
          Change("sshd", "X11Forwarding", from: "yes", to: "no", decidedBy: "set by /etc/ssh/sshd_config:90"),
        ]),
      PlannedItem(
        address: "firewall", source: nil,
        changes: [
          Change("package ufw", from: nil, to: "0.36.2-1, with 3 more"),
          Change("firewall", "incoming", from: "allow", to: "deny", risk: .closes, isForecast: true),
          Change("firewall", "22/tcp", from: nil, to: "allow from anywhere", risk: .opens),
        ]),
    ])

  static let webServer = PlannedSection(
    name: "Web server", why: nil,
    items: [
      PlannedItem(
        address: "apache", source: nil,
        changes: [
          Change(
            "apache", "ServerTokens", from: "OS", to: "Prod",
            decidedBy: "would be set by conf-enabled/security.conf:12", isForecast: true),
          Change(
            "apache", "Content-Security-Policy", from: nil,
            to: "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
            warning: "can break pages"),
        ]),
      PlannedItem(
        address: "tree:/srv/django", source: nil,
        changes: [
          Change("/srv/django/mysite/settings.py", "mode", from: "0644", to: "0640"),
          Change("/srv/django/mysite/settings.py", "owner", from: "root:root", to: "deploy:www-data"),
          Change(
            "/etc/apache2/sites-enabled/000-default.conf", from: "link to ../sites-available/000-default.conf", to: nil),
        ]),
      PlannedItem(
        address: "certificate:example.com", source: nil,
        waiting: [
          Waiting("certificate example.com", seen: "no address", wanted: "an A record with 203.0.113.10")
        ]),
    ])

  static let access = AccessReport(
    timeline: ["From step 2 also deploy, key SHA256:9xQe, sudo", "From step 4 deploy alone."])

  static let sshdText = "PasswordAuthentication no\nPermitRootLogin no\nX11Forwarding no\n"

  static let steps = [
    step("firewall", .install(packages: ["ufw"])),
    step(
      "user:deploy", .run(command: Command("/usr/sbin/useradd", ["--create-home", "deploy"])), risk: .opens,
      title: "make account deploy"),
    step(
      "sshd",
      .write(
        path: "/etc/ssh/sshd_config.d/00-harden.conf", contents: sshdText, mode: 0o600, owner: .root,
        check: Command("/usr/sbin/sshd", ["-t"]))),
    step(
      "sshd",
      .reload(unit: "ssh.service", restart: false, check: Command("/usr/sbin/sshd", ["-t"]), listening: [22]),
      risk: .closes),
  ]

  static let whole = Plan(
    recipe: "django-apache", inputs: ["domain": ["example.com"]], host: box,
    visitor: Operator(user: "root", isRoot: true, address: "198.51.100.23"),
    sections: [people, wayIn, webServer], steps: steps, access: access)

  static func step(_ address: String, _ action: Action, risk: Risk = .none, title: String? = nil) -> PlannedStep {
    PlannedStep(address: address, section: "Way in", step: Step(action, risk: risk, title: title))
  }

  /// A plan of one section, with a step so that it is not settled.
  static func of(_ changes: [Change], notes: [String] = []) -> Plan {
    let item = PlannedItem(address: "sshd", source: nil, changes: changes, notes: notes)
    return Plan(
      recipe: "vps", inputs: [:], host: box, visitor: nil,
      sections: [PlannedSection(name: "Way in", why: nil, items: [item])],
      steps: [step("sshd", .updatePackageLists)])
  }
}
