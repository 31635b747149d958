/// Names that browsers only ever ask over https, by Chromium's `transport_security_state_static.json`.
package struct PreloadList: Hashable, Sendable {
  /// Each name, and whether what is below it counts as well.
  private let names: [String: Bool]

  /// The built-in list: the top levels that are on it whole, and sites that many know.
  package init() { names = Self.topLevels.merging(Self.sites) { $0 || $1 } }

  /// These names alone, and whether what is below them counts as well.
  package init(_ names: [String: Bool]) { self.names = names }

  func adding(_ more: [String: Bool]) -> PreloadList { PreloadList(names.merging(more) { $0 || $1 }) }

  package func contains(_ host: String) -> Bool {
    var host = host.lowercased()
    if host.hasSuffix(".") { host.removeLast() }
    guard !isAddress(host) else { return false }
    if names[host] != nil { return true }
    var labels = host.pieces(at: ".")[...]
    while labels.count > 1 {
      labels = labels.dropFirst()
      if names[labels.joined(separator: ".")] == true { return true }
    }
    return false
  }

  /// Every top level that is preloaded whole (the list as of January 2025).
  private static let topLevels: [String: Bool] = {
    let text = """
      amazon android app audible azure bank bing boo channel chrome dad day dev eat esq fire fly foo fujitsu gle gmail \
      google hangout hotmail imdb ing insurance kindle meet meme microsoft mov new nexus office page phd play prime prof \
      rsvp search silk skype windows xbox xn--cckwcxetd xn--jlq480n2rg youtube zappos zip
      """
    return list(text, withSubdomains: true)
  }()

  /// Of some 450 sites that many know those that are on it (the list as of January 2025).
  private static let sites: [String: Bool] = {
    let whole = """
      1password.com accounts.firefox.com accounts.google.com admin.google.com airbnb.com apache.org archlinux.org \
      asana.com atlassian.net bing.com bitbucket.org bitwarden.com booking.com bugzilla.mozilla.org \
      calendar.google.com canva.com cdnjs.com chatgpt.com circleci.com cisa.gov cloud.google.com cloudflare.com \
      coinbase.com crt.sh dailymotion.com datadoghq.com discord.com discordapp.com docs.google.com docs.python.org \
      drive.google.com dropbox.com eff.org expressvpn.com fedoraproject.org figma.com fontawesome.com forbes.com \
      getbootstrap.com github.com go.dev golang.org google-analytics.com grafana.com hackerone.com hardenize.com \
      haveibeenpwned.com hstspreload.org hubspot.com icloud.com imdb.com instagram.com jira.com jsdelivr.com \
      kaggle.com kraken.com lavabit.com m.facebook.com mail.google.com mailbox.org mediawiki.org medium.com \
      monzo.com n26.com ncsc.gov.uk netlify.com newrelic.com nodejs.org nordvpn.com notion.com notion.so \
      openai.com outlook.com pinterest.com play.google.com posteo.de preloaded-hsts.badssl.com proton.me \
      protonmail.com protonvpn.com pypi.org quora.com reddit.com render.com report-uri.com roblox.com \
      salesforce.com scotthelme.co.uk securityheaders.com sentry.io service.gov.uk slack.com soundcloud.com \
      spideroak.com squareup.com stripe.com target.com telegram.org tiktok.com troyhunt.com tumblr.com tuta.com \
      tutanota.com unpkg.com usa.gov vercel.com vimeo.com whatsapp.com whatwg.org whitehouse.gov wikibooks.org \
      wikidata.org wikimedia.org wikipedia.org wiktionary.org www.amazon.com www.etsy.com www.facebook.com \
      www.fastmail.com www.gov.uk www.python.org www.theguardian.com www.torproject.org yelp.com youtube.com
      """
    let alone = """
      bbc.co.uk bbc.com facebook.com fastmail.com gmail.com gov.uk grc.com lastpass.com linode.com paypal.com \
      python.org simple.com torproject.org twitter.com wordpress.com www.bbc.co.uk www.bbc.com www.gmail.com \
      www.paypal.com
      """
    return list(whole, withSubdomains: true).merging(list(alone, withSubdomains: false)) { $0 || $1 }
  }()

  private static func list(_ text: String, withSubdomains: Bool) -> [String: Bool] {
    Dictionary(uniqueKeysWithValues: text.split(separator: " ").map { (String($0), withSubdomains) })
  }
}
