// Package demand finds demand types: groups of tickets that ask for the same
// thing, from their words alone, without a pretrained model.
//
// A ticket is placed in a space learnt from the tickets themselves: half of it
// latent semantic analysis, half word vectors from co-occurrence. k-means there
// gives starts, which a Dirichlet–multinomial mixture over the words refines
// (after Yin and Wang 2014), and the best of which are crossed. How many types
// there are is chosen by cross-validation.
//
// Everything is pure and seeded: the same tickets in the same order with the
// same Options give the same bytes, whatever the number of threads.
package demand
