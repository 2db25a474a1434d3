"""What can be seen: reads, one file per noun. Every query takes the viewer and filters inside."""
