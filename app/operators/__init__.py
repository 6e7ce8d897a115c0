"""Who may call us: the tenants, their credentials, the sessions they launch."""
