"""What the words of prompts mean, in English and Chinese: things, styles, materials, colours."""
