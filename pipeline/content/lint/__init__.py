"""The rules of content, one module for each family; `reasons` says why each rule exists. Pure."""
