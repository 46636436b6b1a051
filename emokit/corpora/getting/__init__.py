"""Getting a published corpus: download it, unpack it, compare it with what was published."""
