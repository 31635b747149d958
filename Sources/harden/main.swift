import HardenCLI
