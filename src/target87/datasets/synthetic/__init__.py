"""A synthetic survey of children's work: the population it is drawn from, the plan, the answers, the file shipped.

Nothing here describes a country. Every share and effect was chosen so that the file behaves like one of a household
survey: clustered, weighted, with reported hours, blanks and missing codes; none was estimated from data.
"""
