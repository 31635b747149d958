import HardenCLI

// The same tool, with these recipes instead of the built-in ones.
HardenTool.main(recipes: [GitServer.self])
