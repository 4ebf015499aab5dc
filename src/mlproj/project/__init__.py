"""The MLproject file: text -> values and diagnostics; parameters: types, binding, rendering."""
