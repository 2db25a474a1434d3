"""What can happen: verbs, one file per noun. An action checks the rule, changes and records."""
