package transform

import (
	"context"
	"database/sql/driver"
	"fmt"
	"slices"

	"github.com/ticketmill/ticketmill/transform/warehouse"
)

// Model is a step written in Go: it reads tables and fills those whose shapes
// stand under sql/models.
type Model struct {
	Name  string   // for messages, such as "demand"
	Needs []string // tables it reads
	Fills []string // tables it fills
	// Run gives the rows of each table of Fills, in the order of its columns.
	Run func(ctx context.Context, db *warehouse.DB) (map[string][][]driver.Value, error)
}

// AddModel makes a model a node of the plan.
func (p *Plan) AddModel(m *Model) error {
	for i, name := range m.Fills {
		s := p.Steps[name]
		if s == nil {
			return fmt.Errorf("model %s fills %s, which no file under sql/models describes", m.Name, name)
		}
		if s.Model != nil {
			return fmt.Errorf("model %s fills %s, which model %s fills already", m.Name, name, s.Model.Name)
		}
		s.Model = m
		s.Needs = slices.Clone(m.Needs)
		if i > 0 {
			s.Needs = []string{m.Fills[0]} // filled together with the first
		}
	}
	return p.validate()
}

// runModel makes all tables that a model fills. The model's first table runs
// it; the others are there by then.
func (b *builder) runModel(ctx context.Context, s *Step) error {
	m := s.Model
	if s.Name != m.Fills[0] {
		return nil
	}
	tables, err := m.Run(ctx, b.db)
	if err != nil {
		return fmt.Errorf("model %s: %w", m.Name, err)
	}
	for _, name := range m.Fills {
		if err := b.db.Exec(ctx, "CREATE TABLE "+name+" AS "+b.Plan.Steps[name].SQL); err != nil {
			return err
		}
		if err := b.db.Append(ctx, name, tables[name]); err != nil {
			return err
		}
	}
	return nil
}
