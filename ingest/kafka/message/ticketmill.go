package message

// looksTicketmill tells a message of the company's own format, right or wrong.
func looksTicketmill(o *object) bool {
	kind, _ := o.text("type")
	return isTicketmillType(kind) && (o.has("source") || o.has("key"))
}

// ticketmill keeps a message of the company's own format that is valid.
func (r *reading) ticketmill(o *object) (found, error) {
	if reason := validate(o, r.d); reason != "" {
		return found{}, poison("ticketmill_" + reason)
	}
	return found{schema: schemaTicketmill, body: o.without("_kafka"), at: stamp(o.get("at"))}, nil
}
