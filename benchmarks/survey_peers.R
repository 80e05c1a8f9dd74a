# The survey package of R on the columns in a folder: prints times and values, a line each, fields apart by tabs.
# Rscript survey_peers.R folder joint repeats slow replicates tolerance

arguments <- commandArgs(trailingOnly = TRUE)
folder <- arguments[1]
domain <- paste0("domain", arguments[2])
repeats <- as.integer(arguments[3])
slow <- as.logical(arguments[4])
replicates <- as.integer(arguments[5])
tolerance <- as.numeric(arguments[6])

suppressPackageStartupMessages(library(survey))

say <- function(kind, name, values) {
  cat(kind, name, paste(format(values, digits = 17, trim = TRUE), collapse = ","), sep = "\t")
  cat("\n")
}

path <- function(name, ending) file.path(folder, paste0(name, ending))
numbers <- function(name) readBin(path(name, ".bin"), "double", file.size(path(name, ".bin")) / 8)
codes <- function(name) readBin(path(name, ".bin"), "integer", file.size(path(name, ".bin")) / 4)
labels <- function(name) readLines(path(name, ".txt"))[codes(name) + 1L]

timed <- function(name, expression, once = FALSE) {
  call <- substitute(expression)
  where <- parent.frame()
  if (!once) eval(call, where)
  times <- replicate(if (once) 1L else repeats, {
    begin <- proc.time()[["elapsed"]]
    result <<- eval(call, where)
    proc.time()[["elapsed"]] - begin
  })
  say("time", name, median(times))
  result
}

rows <- data.frame(stratum = codes("stratum"), unit = codes("unit"), w = numbers("w"), y = numbers("y"),
                   hours = numbers("hours"), income = numbers("income"))
margins <- c("m1", "m2", "m3", "m4")
for (name in c(domain, margins)) rows[[name]] <- labels(name)
by <- reformulate(domain)
population <- lapply(margins, function(name) read.csv(path(paste0("target_", name), ".csv"), colClasses = c("character", "numeric")))

say("version", paste0("R ", getRversion(), ", survey ", packageVersion("survey")), 0)
result <- NULL
design <- timed("design", svydesign(ids = ~unit, strata = ~stratum, weights = ~w, data = rows))
mean_1 <- timed("mean_1", svymean(~y, design))
mean_3 <- timed("mean_3", svymean(~y + hours + income, design))
say("value", "mean", coef(mean_3))
say("value", "se", SE(mean_1))
joint <- timed("domains", svyby(~y, by, design, svymean, covmat = TRUE), once = TRUE)
say("value", "domain means", coef(joint))
say("value", "domain covariance", as.vector(vcov(joint)))
raked <- timed("rake", rake(design, lapply(margins, reformulate), population, control = list(maxit = 1000, epsilon = tolerance)), once = TRUE)
say("value", "raked weights", head(weights(raked), 1000))
if (slow) {
  set.seed(1)
  resampled <- timed("bootstrap", as.svrepdesign(design, type = "subbootstrap", replicates = replicates), once = TRUE)
  invisible(timed("bootstrap_domains", svyby(~y, by, resampled, svymean, covmat = TRUE), once = TRUE))
}
