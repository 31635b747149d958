import RecipeDSL
