"""All runs of a folder held against each other: what they were asked for, what they answered, what is sure of it."""

from emokit.comparison.recipes import CHOOSE, Recipe, against, by_task, changed, differing, ladders, recipes, reference
from emokit.comparison.told import Told, read

__all__ = ["CHOOSE", "Recipe", "Told", "against", "by_task", "changed", "differing", "ladders", "read"]
__all__ += ["recipes", "reference"]
