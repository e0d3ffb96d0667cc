package main

import (
	"context"
	"os"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/outbound"
)

// served is where a server finds what runs of a tenant go by: flow sets and codes as the
// API keeps them, and the rest from a configuration file, where there is one, else as it
// was imported.
type served struct {
	data     *memory
	paths    map[string]string // of the files, by tenant
	schedule *schedule         // that holds whatever is configured; nil for none
	dev      bool
	open     func(tenant, object, field, sealed string) (string, error)
}

// of returns the settings of a tenant as they are now.
func (s *served) of(ctx context.Context, tenant string) (*config, error) {
	c, err := s.configured(ctx, tenant)
	if err == nil && s.schedule != nil {
		c.Runs.Schedule = *s.schedule
	}
	return c, err
}

func (s *served) configured(ctx context.Context, tenant string) (*config, error) {
	c, err := s.rest(tenant)
	if err != nil {
		return nil, err
	}
	owner, err := s.data.Owner(ctx, tenant)
	if err != nil {
		return nil, err
	}
	if owner == outbound.File {
		if len(c.Settings.Sets) == 0 {
			return nil, fault.New(fault.Conflict, "The tenant is configured by a file: the server is to be started with -c, or the file brought in with homeroom import.")
		}
		return c, nil
	}
	stored, err := s.data.Configuration(ctx, tenant)
	if err != nil {
		return nil, err
	}
	if s.paths[tenant] == "" && !s.dev {
		if c, err = readStored(stored); err != nil {
			return nil, err
		}
	}
	return c, c.add(stored, func(object, field, sealed string) (string, error) {
		return s.open(tenant, object, field, sealed)
	})
}

// rest returns what the API does not configure of a tenant.
func (s *served) rest(tenant string) (*config, error) {
	path := s.paths[tenant]
	switch {
	case s.dev:
		return readSettings("homeroom.yaml", []byte(demoConfig), os.LookupEnv)
	case path != "":
		text, err := readConfig(path)
		if err != nil {
			return nil, err
		}
		return readSettings(path, text, os.LookupEnv)
	}
	return readStored(outbound.Configuration{})
}
