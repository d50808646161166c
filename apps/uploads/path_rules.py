def parse_rule(rule):
    return rule
