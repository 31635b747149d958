import HardenCLI
import Recipes

HardenTool.main(recipes: builtInRecipes)
