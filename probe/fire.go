package probe

// FireReport is what came back of a named load.
type FireReport struct{}
