import RecipeDSL

/// Every recipe that is built in. A new one is one file beside this one and one line here.
public let builtInRecipes: [any Recipe.Type] = [
  DjangoApache.self, StaticWebsite.self, VPS.self,
]
