// Package support compares support models (community, paid, self-service …)
// on the demand types that they share: what each delivers, what it would
// deliver if it got all tickets of a type, how that scores against one common
// yardstick, and what to change.
//
// Estimate does the statistics once; Score turns them into scores and
// recommendations for given weights, targets and costs, as often as wished.
//
// Times are Kaplan–Meier estimates: a ticket without an end counts as open so
// far. Adjusted figures are augmented inverse probability weighting on
// jackknife pseudo-observations (Andersen, Klein and Rosthøj 2003). What only
// resolved or rated tickets have (reopenings, touches, satisfaction) is taken
// from those; the others are assumed to be like them where the covariates are
// the same, which for satisfaction nobody can check.
//
// Everything is pure and seeded: the same input gives the same bytes, whatever
// the number of threads.
package support
