"""The frozen networks on a processor: ONNX graphs that onnxruntime runs, several times as fast as torch.

Single small layers cost torch more in dispatching and in waiting for its threads than in arithmetic; onnxruntime
plans the whole graph once. What learns online stays in torch, and so does everything on a GPU.
"""
