// swift-tools-version: 6.0
import PackageDescription

// The manifest is the architecture: imports go one way only, and scripts/check proves it.
let package = Package(
  name: "harden",
  products: [
    .executable(name: "harden", targets: ["harden"]),
    // What a recipe outside of this repository needs: see CONTRIBUTING.md.
    .library(name: "Harden", targets: ["RecipeDSL", "HardenCLI"]),
  ],
  targets: [
    // The vocabulary: paths, probes, answers and their fold, steps, changes, diagnostics. Pure.
    .target(name: "HostState"),
    // One file a kind of resource. Pure.
    .target(name: "Resources", dependencies: ["HostState", "Templates"]),
    // Recipe, Section, Input and the result builder. Pure.
    .target(name: "RecipeDSL", dependencies: ["HostState", "Resources"]),
    // Order, clashes, the proof of access, saved plans. Pure.
    .target(name: "Planning", dependencies: ["HostState", "Resources", "RecipeDSL"]),
    // What an outside scanner sees, graded: responses in, scores and findings out. Pure.
    .target(name: "Auditing", dependencies: ["HostState"]),
    // Plans, progress, diagnostics and audits as text. Pure.
    .target(name: "Reporting", dependencies: ["HostState", "Resources", "Planning", "RecipeDSL", "Auditing"]),
    // System calls that Swift cannot import.
    .target(name: "SystemCalls"),
    // The only target that starts a process, opens a file or reads the clock.
    .target(name: "HostAccess", dependencies: ["HostState", "SystemCalls", "Auditing"]),
    // The verbs.
    .target(
      name: "HardenCLI",
      dependencies: [
        "HostState", "Resources", "RecipeDSL", "Planning", "Reporting", "HostAccess", "HostTesting", "Templates",
        "Auditing",
      ]),
    // The recipes that are built in.
    .target(name: "Recipes", dependencies: ["RecipeDSL"], path: "Recipes"),
    // Files that end up on hosts, embedded in the binary.
    .target(
      name: "Templates", path: "Templates", exclude: [], sources: ["Templates.swift"],
      resources: [.embedInCode("files")]),
    .executableTarget(name: "harden", dependencies: ["HardenCLI", "Recipes"], exclude: ["harden.docc"]),
    // Simulated and recorded hosts, for tests and for a dry run without a container.
    .target(name: "HostTesting", dependencies: ["HostState", "Resources"]),
    .testTarget(
      name: "HardenCommandTests", dependencies: ["HardenCLI", "HostTesting", "harden"], exclude: ["Pages"]),
    .testTarget(name: "RecipesTests", dependencies: ["Recipes", "Planning", "HostTesting"]),
    .testTarget(name: "RecipeDSLTests", dependencies: ["RecipeDSL"]),
    .testTarget(name: "AuditingTests", dependencies: ["Auditing", "HostState"]),
    .testTarget(name: "HostStateTests", dependencies: ["HostState"]),
    .testTarget(
      name: "PlanningTests", dependencies: ["Planning", "HostState", "Resources", "RecipeDSL", "HostTesting"]),
    .testTarget(name: "ResourcesTests", dependencies: ["Resources", "HostTesting"]),
    .testTarget(
      name: "ReportingTests",
      dependencies: ["HostState", "Resources", "Planning", "RecipeDSL", "Reporting", "Auditing"]),
    .testTarget(
      name: "HostAccessTests",
      dependencies: ["HostAccess", "HostState", "HostTesting", "SystemCalls", "Auditing", "harden"]),
  ]
)
