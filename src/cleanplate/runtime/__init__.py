"""What networks run on: device, memory, and the runtimes (ONNX Runtime, ncnn, torch)."""
