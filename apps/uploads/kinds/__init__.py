def parse_accept(rule):
    return rule
