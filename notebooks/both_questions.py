# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # Both questions of target 8.7, from published figures
#
# Does child labour reach zero by 2025? Does forced labour decline by 2030? Each answer is made of joint draws: of the
# world's rate in every year since the record began, and in every year to 2060.

# %%
import target87 as t87

child = t87.assess("child_labour", threshold=0.01, target_year=2025)
forced = t87.assess("forced_labour", target_year=2030)
print(child.probability, "|", forced.probability)

# %% [markdown]
# The first is a bound, not a zero: fewer than ten of four thousand draws lie below 1 % in 2025. The second is near the
# even odds that were believed before any figure was seen, and the text says so.

# %%
child

# %%
forced

# %% [markdown]
# Published figures with their assumed error, the fitted trend and its fan, the threshold and the target year.

# %%
child.plot().figure

# %% [markdown]
# Draws are there for any other question: was the world's rate in 2025 more than halved since 2000?

# %%
rate = child.draws["rate"]
float((rate.sel(year=2025) < 0.5 * rate.sel(year=2000)).mean())
