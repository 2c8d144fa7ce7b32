package demand

import "github.com/ticketmill/ticketmill/models/text"

// Token is a word.
type Token = text.Token
