package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// SLAPolicy is one service agreement: how soon the tickets that match all of When
// are answered and resolved, in working time of the calendar, or around the clock
// without one. The first matching policy counts.
type SLAPolicy struct {
	Name          string              `yaml:"name"`
	When          map[string]Patterns `yaml:"when"`
	FirstResponse Seconds             `yaml:"first_response"`
	Resolution    Seconds             `yaml:"resolution"`
	Calendar      string              `yaml:"calendar"`
}

// policyFields are what an agreement may look at.
var policyFields = append([]string{"support_model"}, ruleFields...)

func (c *Config) validateAgreements() error {
	for _, name := range slices.Sorted(maps.Keys(c.Calendars)) {
		if err := c.Calendars[name].validate(); err != nil {
			return fmt.Errorf("calendars.%s: %w", name, err)
		}
	}
	seen := map[string]bool{}
	for i, p := range c.SLA {
		if err := c.validatePolicy(p); err != nil {
			return fmt.Errorf("sla[%d] (%s): %w", i, p.Name, err)
		}
		if seen[p.Name] {
			return fmt.Errorf("sla[%d]: the name %s is taken", i, p.Name)
		}
		seen[p.Name] = true
	}
	return nil
}

func (c *Config) validatePolicy(p SLAPolicy) error {
	if p.Name == "" {
		return errors.New("name is missing")
	}
	if p.FirstResponse == 0 && p.Resolution == 0 {
		return errors.New("name a target: first_response, resolution or both")
	}
	if _, ok := c.Calendars[p.Calendar]; p.Calendar != "" && !ok {
		return fmt.Errorf("calendar: %q is not under calendars", p.Calendar)
	}
	for _, m := range p.When["support_model"] {
		if !strings.ContainsAny(m, "*?") && !slices.Contains(c.modelNames(), m) {
			return fmt.Errorf("when: support_model: no source, rule or support_models names %q", m)
		}
	}
	return validateWhen(p.When, policyFields)
}

// validateWhen checks the conditions of a rule or agreement.
func validateWhen(when map[string]Patterns, fields []string) error {
	for _, field := range slices.Sorted(maps.Keys(when)) {
		if !slices.Contains(fields, field) {
			return fmt.Errorf("when: %q is not one of %s", field, strings.Join(fields, ", "))
		}
		if len(when[field]) == 0 {
			return fmt.Errorf("when: %s has no value", field)
		}
	}
	return nil
}

// orNull is the duration in seconds for a table, null for none.
func (s Seconds) orNull() any {
	if s == 0 {
		return nil
	}
	return int64(time.Duration(s) / time.Second)
}
