import HostTesting
import Testing

@testable import Resources

@Suite("Certificates")
struct CertificateTests {
  private let certificate = Certificate(for: ["example.com", "www.example.com"], email: "me@example.com")
  private let chain: Path = "/etc/letsencrypt/live/example.com/fullchain.pem"
  private let renewal: Path = "/etc/letsencrypt/renewal/example.com.conf"
  private let here = Reach(places: [
    Reach.Place(name: "example.com", address: "203.0.113.5", found: .thisHost),
    Reach.Place(name: "www.example.com", address: "2001:db8::5", found: .thisHost),
  ])
  private let addresses = "DNS that leads example.com, www.example.com here (203.0.113.5, 2001:db8::5)"

  private static let command =
    "certbot certonly --non-interactive --agree-tos --no-eff-email -m me@example.com --webroot -w /var/www/acme "
    + "--key-type ecdsa --cert-name example.com --expand -d example.com -d www.example.com"

  /// A host that serves its token.
  private func ready() throws -> SimulatedHost {
    var host = SimulatedHost.apache()
    for name in ["curl", "openssl"] { host.packages[name] = PackageState(status: "installed", version: "1") }
    host.entries["/etc/letsencrypt"] = .directory(0o755)
    host.entries["/var/www/acme"] = .directory(0o755)
    host.entries["/etc/ssh/ssh_host_ed25519_key.pub"] = .file("ssh-ed25519 AAAA root@box\n")
    return host.applying(try host.proposal(of: certificate.upkeep))
  }

  private func certified(_ names: [String] = ["example.com", "www.example.com"]) throws -> SimulatedHost {
    var host = try ready()
    host.certificates[chain] = CertificateFacts(names: names)
    host.entries[renewal] = .file("[renewalparams]\nserver = https://acme-v02.api.letsencrypt.org/directory\n")
    host.listeners.append(Listener(transport: "tcp", address: "*", port: 443, process: "apache2"))
    host.entries["/etc/apache2/sites-enabled/harden-example.com.conf"] = .file(
      "<VirtualHost *:443>\n  SSLCertificateFile \(chain)\n</VirtualHost>\n")
    return host
  }

  private func order(of proposal: Proposal) -> CertificateOrder? {
    for step in proposal.steps {
      if case .issueCertificate(let order) = step.action { return order }
    }
    return nil
  }

  @Test("hook, timer and the host's own token come at once")
  func upkeep() throws {
    var host = try ready()
    host.entries["/etc/letsencrypt/renewal-hooks/deploy/harden-reload-apache"] = nil
    host.entries["/var/www/acme/.well-known/acme-challenge/harden-host"] = nil
    host.units["certbot.timer"] = UnitState(enablement: "disabled", activity: "inactive")
    let trial = try host.trial(of: certificate.upkeep)
    #expect(
      trial.first.changes == [
        Change("certbot, after a renewal", from: nil, to: "reloads Apache"),
        Change(
          "token of this host", from: nil,
          to: "/.well-known/acme-challenge/harden-host, by which it is told from others"),
        Change("timer", "certbot.timer", from: "disabled, inactive", to: "enabled, active"),
      ])
    #expect(trial.second.isSettled)
  }

  @Test("each folder is shown and made once, whether or not the packages were there before", arguments: [true, false])
  func folders(_ isInstalled: Bool) throws {
    var host = isInstalled ? SimulatedHost.apache() : .debian(13)
    if isInstalled { host.entries["/etc/letsencrypt"] = .directory(0o755) }
    let proposal = try host.proposal(of: certificate.upkeep)
    let made = proposal.steps.compactMap { step -> Path? in
      if case .makeDirectory(let path, _, _) = step.action { path } else { nil }
    }
    #expect(Set(made).count == made.count)
    #expect(made.contains("/etc/letsencrypt/renewal-hooks/deploy"))
    #expect(made.contains("/var/www/acme/.well-known/acme-challenge"))
    #expect(
      proposal.changes.map(\.subject).filter { $0.hasPrefix("/") } == [
        "/etc/letsencrypt/renewal-hooks/deploy", "/var/www/acme/.well-known/acme-challenge",
      ])
  }

  @Test("a timer that somebody masked is an error before anything is done")
  func maskedTimer() throws {
    var host = try ready()
    host.units["certbot.timer"] = UnitState(enablement: "masked", activity: "inactive")
    let error = host.diagnostic(of: certificate.upkeep)
    #expect(error?.summary == "Unit is masked" && error?.fix == "systemctl unmask certbot.timer")
  }

  @Test("a certbot from a snap is taken as it is")
  func snap() throws {
    var host = try ready()
    host.packages["certbot"] = nil
    host.units["certbot.timer"] = nil
    host.units["snap.certbot.renew.timer"] = UnitState(enablement: "enabled", activity: "active")
    host.entries["/snap/bin/certbot"] = .link(target: "/usr/bin/snap")
    #expect(try host.proposal(of: certificate.upkeep).isSettled)
    host.reach = here
    let order = try #require(order(of: try host.proposal(of: certificate.issued)))
    #expect(order.program == "/snap/bin/certbot")
    #expect(order.timer == "snap.certbot.renew.timer")
  }

  @Test("before Apache answers, nothing is asked of the network, and what follows is announced")
  func unknown() throws {
    let host = SimulatedHost.debian(12)
    let proposal = try host.proposal(of: certificate.issued)
    #expect(proposal.isSettled)
    #expect(proposal.awaited.contains(.certificate(path: chain)))
    #expect(
      proposal.waiting == [
        Waiting(
          "certificate example.com", seen: "not looked at before Apache answers here",
          wanted: addresses
            + "; apply then goes on by itself: the certificate, HTTPS, the redirect, a trial of the renewal, HSTS for a "
            + "year")
      ])
    let asked = try host.observe(certificate.issued).known.keys.map(\.probe)
    #expect(!asked.contains { if case .reach = $0 { true } else { false } })
  }

  @Test("names that lead elsewhere are waited for, each address named")
  func elsewhere() throws {
    var host = try ready()
    host.reach = Reach(
      places: [
        Reach.Place(name: "example.com", address: "203.0.113.5", found: .thisHost),
        Reach.Place(name: "example.com", address: "2001:db8::9", found: .another(what: "it answers 404")),
      ], homeless: ["www.example.com"])
    #expect(
      try host.proposal(of: certificate.issued)
        == Proposal(
          notes: [
            "where this host cannot reach itself by the addresses that others use, only you can tell: "
              + "\(Self.command), then apply again"
          ],
          waiting: [
            Waiting(
              "certificate example.com",
              seen:
                "www.example.com has no address in the DNS; example.com → 2001:db8::9, not this host (it answers 404)",
              wanted: addresses)
          ]))
  }

  @Test("names that lead here: one order, and what hangs on it is awaited")
  func ordered() throws {
    var host = try ready()
    host.reach = here
    let trial = try host.trial(of: certificate.issued)
    #expect(
      trial.first.changes == [Change("certificate example.com", from: nil, to: "example.com, www.example.com")])
    #expect(
      "\(try #require(order(of: trial.first)).issuing)"
        == Self.command)
    #expect(trial.first.awaited.contains(.file(path: "/etc/harden/renewal/example.com")))
    #expect(trial.second.isSettled)
  }

  @Test("port 80 shut by the host's own filter is no order, though the host reaches itself")
  func shut() throws {
    var host = try ready()
    host.reach = here
    host.packetFilter = PacketFilter(ipv4: ["*filter", ":INPUT DROP [0:0]", "COMMIT"], ipv6: [], otherTables: [])
    let proposal = try host.proposal(of: certificate.issued)
    #expect(proposal.steps == [])
    #expect(proposal.waiting.map(\.seen) == ["port 80 is shut: the policy of INPUT"])
  }

  @Test("after an order that failed it is not tried again")
  func failed() throws {
    var host = try ready()
    host.reach = here
    let step = try #require(try host.proposal(of: certificate.issued).steps.first)
    let setback = try #require(step.setback)
    host.overrides[setback.probe] = .unreadable(reason: setback.reason)
    #expect(
      try host.proposal(of: certificate.issued)
        == Proposal(waiting: [
          Waiting("certificate example.com", seen: "ordering it failed just now", wanted: addresses)
        ]))
  }

  @Test("a new name extends the certificate, and one that left stays in it")
  func extended() throws {
    var host = try certified(["example.com", "old.example.com"])
    host.reach = here
    let order = try #require(order(of: try host.proposal(of: certificate.issued)))
    #expect(order.names == ["example.com", "www.example.com", "old.example.com"])
    #expect(order.server == "https://acme-v02.api.letsencrypt.org/directory")
    #expect(!order.isForced)
    host = try certified(["example.com", "www.example.com", "old.example.com"])
    #expect(
      try host.proposal(of: certificate.issued).notes == [
        "certificate example.com is also for old.example.com, which this recipe does not name; it stays in"
      ])
  }

  private static let without =
    "certbot certonly --non-interactive --agree-tos --no-eff-email -m me@example.com --server "
    + "https://acme-v02.api.letsencrypt.org/directory --webroot -w /var/www/acme --cert-name example.com "
    + "--renew-with-new-domains -d example.com -d www.example.com -d kept.example.com, then sudo harden apply"

  /// Two names have left the recipe; one of them leads elsewhere now.
  private var moved: Reach {
    var reach = here
    reach.places += [
      Reach.Place(name: "kept.example.com", address: "203.0.113.5", found: .thisHost),
      Reach.Place(name: "old.example.com", address: "192.0.2.7", found: .another(what: "it answers 404")),
    ]
    return reach
  }

  @Test("a name that left and leads elsewhere keeps a new one out: how to take it out is told, not done")
  func lostNameBars() throws {
    var host = try certified(["example.com", "kept.example.com", "old.example.com"])
    host.reach = moved
    #expect(
      try host.proposal(of: certificate.issued)
        == Proposal(waiting: [
          Waiting(
            "certificate example.com",
            seen:
              "old.example.com → 192.0.2.7, not this host (it answers 404); it has a name that this recipe does not "
              + "name any more",
            wanted: "DNS that leads old.example.com here, or a certificate without: sudo " + Self.without)
        ]))
    // As long as a name of the recipe leads elsewhere, that is what is waited for.
    host.reach?.places[0].found = .another(what: "it answers 404")
    #expect(try host.proposal(of: certificate.issued).notes.count == 1)
  }

  @Test("… and makes the next renewal fail, which is told before it does")
  func lostNameStays() throws {
    var host = try certified(["example.com", "www.example.com", "kept.example.com", "old.example.com"])
    host = host.applying(try host.proposal(of: certificate.issued))
    host.reach = moved
    #expect(
      try host.proposal(of: certificate.issued)
        == Proposal(waiting: [
          Waiting(
            "renewal of example.com",
            seen:
              "old.example.com → 192.0.2.7, not this host (it answers 404): the next one will fail, since certificate "
              + "example.com is also for kept.example.com, old.example.com, which this recipe does not name",
            wanted: "DNS that leads old.example.com here, or a certificate without: sudo " + Self.without)
        ]))
    // A host that does not reach itself by its own names learns nothing from silence.
    host.reach = Reach(
      places: moved.places.map { Reach.Place(name: $0.name, address: $0.address, found: .silence(why: "")) })
    #expect(try host.proposal(of: certificate.issued).waiting.isEmpty)
  }

  @Test("a renewal is tried once the certificate is served, and never again")
  func proved() throws {
    var host = try certified()
    let trial = try host.trial(of: certificate.issued)
    #expect(
      trial.first.changes == [
        Change("renewal of example.com", from: "not tried", to: "tried; browsers then hold on to HTTPS for a year")
      ])
    guard case .proveRenewal(let order)? = trial.first.steps.first?.action else {
      Issue.record("no trial first: \(trial.first.steps)")
      return
    }
    #expect(
      "\(order.trial)"
        == "certbot renew --cert-name example.com --dry-run --no-random-sleep-on-renew --non-interactive --server "
        + "https://acme-v02.api.letsencrypt.org/directory")
    #expect(trial.second.isSettled)
    host = host.applying(trial.first)
    let seen = try host.observe(certificate.issued)
    #expect(try certificate.issued.proposal(given: seen) == .nothing)
    #expect(!seen.known.keys.contains { if case .reach = $0.probe { true } else { false } })
  }

  @Test("before it is served on 443, the trial is announced")
  func unserved() throws {
    var silent = try certified()
    silent.listeners = []
    var stale = try certified()
    stale.stale = ["apache2.service"]
    // One from before, of a name that comes back: another one's is served until the site's file is there.
    var other = try certified()
    other.entries["/etc/apache2/sites-enabled/harden-example.com.conf"] = .file(
      "<VirtualHost *:443>\n  SSLCertificateFile /etc/letsencrypt/live/moved.example/fullchain.pem\n</VirtualHost>\n")
    for host in [silent, stale, other] {
      let proposal = try host.proposal(of: certificate.issued)
      #expect(proposal.steps == [])
      #expect(!proposal.awaited.isEmpty)
    }
  }

  @Test("one that should have been renewed by now is named")
  func neglected() throws {
    var host = try certified()
    host = host.applying(try host.proposal(of: certificate.issued))
    host.certificates[chain]?.endsSoon = true
    let proposal = try host.proposal(of: certificate.issued)
    #expect(proposal.isSettled)
    #expect(proposal.waiting.map(\.seen) == ["less than a sixth of its time is left, and nothing has renewed it"])
  }

  @Test("one that certbot does not know is named, with what is wrong with it")
  func stranger() throws {
    var host = try certified()
    host.entries[renewal] = nil
    host.certificates[chain] = CertificateFacts(names: ["example.com"], isExpired: true, isSelfSigned: true)
    #expect(
      try host.proposal(of: certificate.issued)
        == Proposal(waiting: [
          Waiting(
            "certificate example.com",
            seen:
              "one that is self-signed, so browsers warn of it; expired; not for www.example.com; not certbot's "
              + "(nothing that could be read in /etc/letsencrypt/renewal/example.com.conf), so nothing renews it",
            wanted: "/etc/letsencrypt/live/example.com moved away, with what else /etc/letsencrypt has of that name; "
              + "apply then has one issued")
        ]))
  }

  @Test(
    "settings that name no authority order nothing, however often apply runs", arguments: ["", "version = 2.1.0\n"])
  func emptied(_ settings: String) throws {
    var host = try certified(["example.com"])
    host.reach = here
    host.entries[renewal] = .file(settings)
    let proposal = try host.proposal(of: certificate.issued)
    #expect(proposal.steps == [])
    #expect(proposal.waiting.map(\.subject) == ["certificate example.com"])
  }

  @Test("beside what is left of a lineage none is ordered: certbot would make another each time")
  func leftovers() throws {
    for left in [renewal, "/etc/letsencrypt/archive/example.com"] as [Path] {
      var host = try ready()
      host.reach = here
      host.entries[left] = left == renewal ? .file("[renewalparams]\nserver = https://a.example/\n") : .directory(0o755)
      let proposal = try host.proposal(of: certificate.issued)
      #expect(proposal.steps == [])
      #expect(
        proposal.waiting.map(\.seen) == ["none in /etc/letsencrypt/live/example.com, and what is left of one: \(left)"])
    }
  }

  @Test("what was proved of a certificate that is gone does not hold for the next one")
  func provedAnew() throws {
    var host = try ready()
    host.reach = here
    host.entries["/etc/harden/renewal/example.com"] = .file("worked\n")
    let steps = try host.proposal(of: certificate.issued).steps
    #expect(steps.first?.action == .remove(path: "/etc/harden/renewal/example.com", check: nil))
    #expect(steps.count == 2)
  }

  private static let obstacles: [(settings: String, seen: String)] = [
    (
      "authenticator = standalone",
      "it is renewed by “standalone”, which wants port 80 for itself, where Apache listens"
    ),
    (
      "authenticator = webroot\nwebroot_path = /var/www/html,",
      "it is renewed by files in /var/www/html, and Apache serves those in /var/www/acme"
    ),
    (
      "authenticator = webroot\n[[webroot_map]]\nexample.com = /srv/www",
      "it is renewed by files in /srv/www, and Apache serves those in /var/www/acme"
    ),
    ("autorenew = False", "nothing renews it (autorenew = False)"),
    ("autorenew = no", "nothing renews it (autorenew = False)"),
  ]

  @Test("a renewal that cannot work is not tried: it differs, and an order settles it", arguments: obstacles.indices)
  func hindered(_ index: Int) throws {
    let (settings, seen) = Self.obstacles[index]
    var host = try certified()
    host.entries[renewal] = .file(
      "[renewalparams]\nserver = https://acme-v02.api.letsencrypt.org/directory\n\(settings)\n")
    let waiting = try host.proposal(of: certificate.issued)
    #expect(waiting.steps.isEmpty && waiting.waiting.map(\.subject) == ["certificate example.com"])
    host.reach = here
    let proposal = try host.proposal(of: certificate.issued)
    #expect(
      proposal.changes == [
        Change(
          "certificate example.com", from: seen,
          to: "example.com, www.example.com")
      ])
    #expect(order(of: proposal)?.isForced == true)
  }

  @Test("a word that certbot does not read there switches nothing off", arguments: [true, false])
  func elsewhereInSettings(_ isFirst: Bool) throws {
    var host = try certified()
    host.reach = here
    let settings = "[renewalparams]\nserver = https://acme-v02.api.letsencrypt.org/directory\n"
    let line = "autorenew = False\n"
    host.entries[renewal] = .file(isFirst ? line + settings : settings + "[[webroot_map]]\n" + line)
    #expect(order(of: try host.proposal(of: certificate.issued)) == nil)
  }

  @Test("one that its owner orders over the DNS and that nothing renews is told, with the line that says so")
  func ownersSwitchedOff() throws {
    var host = try certified()
    host.entries[renewal] = .file(
      "[renewalparams]\nserver = https://a.example/\nauthenticator = dns-x\nautorenew = False\n")
    #expect(
      try host.proposal(of: certificate.issued).waiting == [
        Waiting(
          "renewal of example.com", seen: "nothing renews it (autorenew = False)",
          wanted: "that line taken out: sudo sed -i '/^autorenew/d' /etc/letsencrypt/renewal/example.com.conf")
      ])
  }

  @Test("another lineage for the same names is told, with what becomes of it")
  func otherLineage() throws {
    var host = try certified()
    host = host.applying(try host.proposal(of: certificate.issued))
    let (other, theirs) = (Lineage("mysite"), Lineage("theirs"))
    for (lineage, names, way) in [
      (other, ["example.com", "www.example.com"], "webroot"), (theirs, ["shop.example.org"], "dns-x"),
    ] {
      host.entries[lineage.chain] = .link(target: "../../archive/\(lineage.name)/fullchain1.pem")
      host.certificates[lineage.chain] = CertificateFacts(names: names)
      host.entries[lineage.renewal] = .file("[renewalparams]\nserver = https://a.example/\nauthenticator = \(way)\n")
    }
    let remedy =
      "sudo /usr/bin/certbot delete --cert-name mysite, once nothing uses it: grep -rn /etc/letsencrypt/live/mysite/ "
      + "/etc/apache2/sites-enabled"
    #expect(
      try host.proposal(of: certificate.issued)
        == Proposal(notes: [
          "certificate mysite: it is for example.com, www.example.com, too, and this recipe's sites do not use it; it is "
            + "renewed on its own. To be rid of it: \(remedy)"
        ]))
    host.entries[other.renewal] = .file("[renewalparams]\nserver = https://a.example/\nauthenticator = standalone\n")
    #expect(
      try host.proposal(of: certificate.issued)
        == Proposal(waiting: [
          Waiting(
            "certificate mysite",
            seen:
              "it is for example.com, www.example.com, too, and this recipe's sites do not use it; it is renewed by "
              + "“standalone”, which wants port 80 for itself, where Apache listens",
            wanted: "a way that works: sudo /usr/bin/certbot certonly --cert-name mysite --webroot -w /var/www/acme "
              + "--force-renewal -d example.com -d www.example.com; or \(remedy)")
        ]))
    // It has certbot.service fail for whatever names.
    host.certificates[other.chain] = CertificateFacts(names: ["other.example"])
    #expect(try host.proposal(of: certificate.issued).waiting.map(\.subject) == ["certificate mysite"])
  }

  @Test("a certificate that is there keeps its kind of key", arguments: [nil, "rsa", "ecdsa"])
  func keyType(_ known: String?) throws {
    var host = try certified(["example.com"])
    host.reach = here
    let line = known.map { "key_type = \($0)\n" } ?? ""
    host.entries[renewal] = .file("[renewalparams]\nserver = https://acme-v02.api.letsencrypt.org/directory\n\(line)")
    let words = order(of: try host.proposal(of: certificate.issued))?.issuing.arguments ?? []
    #expect(words.contains("www.example.com"))
    #expect(words.firstIndex(of: "--key-type").map { words[$0 + 1] } == known)
  }

  @Test("a renewal by Apache's own plugin is tried, and tried again once it goes another way")
  func otherWay() throws {
    var host = try certified()
    let settings = "[renewalparams]\nserver = https://acme-v02.api.letsencrypt.org/directory\nauthenticator = "
    host.entries[renewal] = .file(settings + "apache\n")
    host = host.applying(try host.proposal(of: certificate.issued))
    #expect(try host.proposal(of: certificate.issued).isSettled)
    host.entries[renewal] = .file(settings + "nginx\n")
    #expect(try !host.proposal(of: certificate.issued).isSettled)
  }

  @Test("one that was ordered over the DNS is its owner's to order, wildcards and all")
  func wildcard() throws {
    var host = try certified(["example.com", "*.example.com"])
    host.entries[renewal] = .file(
      "[renewalparams]\nserver = https://acme-v02.api.letsencrypt.org/directory\nauthenticator = dns-x\n")
    host = host.applying(try host.proposal(of: certificate.issued))
    #expect(try host.proposal(of: certificate.issued) == .nothing)
    host.certificates[chain]?.isExpired = true
    let proposal = try host.proposal(of: certificate.issued)
    #expect(proposal.steps == [])
    #expect(
      proposal.waiting.map(\.wanted) == ["ordered as it was, by “dns-x”: sudo certbot certonly --cert-name example.com"]
    )
  }

  @Test("where the host itself answers with something else, that is said, and not the DNS")
  func ownAnswer() throws {
    var host = try ready()
    host.facts.addresses = ["203.0.113.5", "2001:db8::5"]
    host.reach = here
    host.reach?.places[0].found = .another(what: "it answers 403")
    #expect(
      try host.proposal(of: certificate.issued).waiting.map(\.seen) == [
        "example.com leads here (203.0.113.5), and it answers 403 in place of its token"
      ])
  }

  @Test("a timer that runs too rarely is named")
  func rareTimer() throws {
    var host = try ready()
    host.units["certbot.timer"] = UnitState(enablement: "enabled", activity: "active", isRare: true)
    let proposal = try host.proposal(of: certificate.upkeep)
    #expect(proposal.isSettled && proposal.waiting.map(\.subject) == ["certbot.timer"])
  }

  @Test("what no browser takes is replaced by what all take, and never the other way round")
  func staging() throws {
    var host = try certified()
    host.reach = here
    let staging = Certificate(for: ["example.com", "www.example.com"], server: "staging")
    #expect(order(of: try host.proposal(of: staging.issued)) == nil)
    host.entries[renewal] = .file("[renewalparams]\nserver = https://acme-staging-v02.api.letsencrypt.org/directory\n")
    #expect(order(of: try host.proposal(of: staging.issued)) == nil)
    #expect(try #require(order(of: try host.proposal(of: certificate.issued))).isForced)
  }

  @Test("an address that is none is refused", arguments: ["me", "me@", "-x@example.com", "a b@example.com"])
  func badAddress(_ email: String) throws {
    let certificate = Certificate(for: ["example.com"], email: email)
    #expect(throws: Diagnostic.self) { try SimulatedHost.apache().proposal(of: certificate.issued) }
  }
}
