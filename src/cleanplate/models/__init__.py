"""Networks: what they are and what they can do. None is shipped; plug-ins bring them."""
