"""What people read: one `Card`, its renderers, plots and translations."""
