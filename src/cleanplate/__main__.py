from cleanplate.cli.entry import main

main()
