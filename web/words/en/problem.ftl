# problem
problem-status = Status code: { $value }
problem-not-found = The address may have changed, or publication may have ended. You can find data here:
problem-server = Please wait a while and try again. If the problem goes on, tell the organization that runs this site.
problem-request = Please check the values in the address.
problem-maps = List of maps
problem-organizations = List of organizations
