package local

import "context"

// person is a user as groups and units refer to it.
type person struct {
	number  int64
	id      string
	deleted bool
}

// manyOthers is how many users that take more than a bit are remembered from one
// transaction to the next.
const manyOthers = 100_000

// crowd are the users that were met, so that none has to be looked up twice.
// Nearly all of them take one bit.
type crowd struct {
	tenant int64
	shape  shape
	plain  map[int64]uint64 // a bit a user whose id is made of the number, and who is not deleted
	others map[int64]person // all other users
	called map[string]int64 // numbers of others by ids that are not made of them
}

func (d *Directory) newCrowd() *crowd {
	return &crowd{
		tenant: d.tenant, shape: d.shape,
		plain: map[int64]uint64{}, others: map[int64]person{}, called: map[string]int64{},
	}
}

// meet notes a user, or what became of it.
func (c *crowd) meet(p person) {
	number, ours := c.shape.number(p.id)
	word, bit := p.number>>6, uint64(1)<<(p.number&63)
	if ours && number == p.number && !p.deleted {
		c.plain[word] |= bit
		delete(c.others, p.number)
		return
	}
	if have := c.plain[word]; have&bit != 0 {
		c.plain[word] = have &^ bit
	}
	c.others[p.number] = p
	if !ours {
		c.called[p.id] = p.number
	}
}

// numbered returns the user with the number, if it was met.
func (c *crowd) numbered(number int64) (person, bool) {
	if c.isPlain(number) {
		return person{number: number, id: c.shape.id(number)}, true
	}
	p, met := c.others[number]
	return p, met
}

func (c *crowd) isPlain(number int64) bool {
	return c.plain[number>>6]>>(number&63)&1 != 0
}

// find returns the user with the id, if it was met.
func (c *crowd) find(id string) (person, bool) {
	number, ours := c.shape.number(id)
	if ours && c.isPlain(number) {
		return person{number: number, id: id}, true
	}
	if !ours {
		number = c.called[id]
	}
	p, met := c.others[number]
	return p, met && p.id == id
}

// lookUp meets the users with the ids.
func (c *crowd) lookUp(ctx context.Context, q querier, ids []string) error {
	var numbers []int64
	var others []string
	for _, id := range ids {
		number, ours := c.shape.number(id)
		switch {
		case ours && c.isPlain(number):
		case ours:
			numbers = append(numbers, number)
		default:
			others = append(others, id)
		}
	}
	if err := c.lookUpNumbers(ctx, q, numbers); err != nil {
		return err
	}
	for _, some := range pad(distinct(others)) {
		if err := c.query(ctx, q, `id`, some); err != nil {
			return err
		}
	}
	return nil
}

// lookUpNumbers meets the users with the numbers.
func (c *crowd) lookUpNumbers(ctx context.Context, q querier, numbers []int64) error {
	var strange []int64
	for _, number := range numbers {
		if !c.isPlain(number) {
			strange = append(strange, number)
		}
	}
	for _, some := range pad(distinct(strange)) {
		if err := c.query(ctx, q, `number`, some); err != nil {
			return err
		}
	}
	return nil
}

func (c *crowd) query(ctx context.Context, q querier, column string, values []any) error {
	rows, err := q.QueryContext(ctx, `SELECT number, id, deleted FROM dir_objects
		WHERE tenant = $1 AND kind = 1 AND `+column+` IN (`+parameters(2, len(values))+`)`, append([]any{c.tenant}, values...)...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var p person
		var id *string
		if err := rows.Scan(&p.number, &id, &p.deleted); err != nil {
			return err
		}
		p.id = c.shape.idOf(p.number, id)
		c.meet(p)
	}
	return rows.Err()
}
