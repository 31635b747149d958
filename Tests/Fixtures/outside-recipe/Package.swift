// swift-tools-version: 6.0
import PackageDescription

// A recipe of your own, outside of harden's repository: copy this folder, and name harden by its URL instead of a path.
let package = Package(
  name: "my-server",
  dependencies: [
    .package(name: "harden", path: "../../..")
    // .package(url: "https://…/harden.git", exact: "0.1.0")
  ],
  targets: [
    .executableTarget(name: "my-server", dependencies: [.product(name: "Harden", package: "harden")])
  ]
)
