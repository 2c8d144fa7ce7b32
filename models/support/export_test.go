package support

// ScoreOf is the score of known metrics, from all components.
func (e *Estimates) ScoreOf(d, m int, metrics [MetricCount]float64) float64 {
	j := &judge{e: e, models: e.config.Models, weights: e.config.Weights.list()}
	s := sampler{judge: j, models: []int{m}, costs: j.relativeCosts(d)}
	var x []float64
	for part := range componentCount {
		s.parts, x = append(s.parts, part), append(x, metrics[source(part)])
	}
	scores := make([]float64, 1)
	s.score(x, scores)
	return scores[0]
}
