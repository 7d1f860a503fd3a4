"""What every layer uses and no layer owns: settings, errors, clock, files, retry. Imports no other package of ours."""
