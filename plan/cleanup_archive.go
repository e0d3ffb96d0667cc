package plan

import "github.com/homeroomhq/homeroom/directory"

func (c *cleaning) archive(*directory.Have) {}
