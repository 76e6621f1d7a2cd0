"""From kernels to LLVM's text: `loops` for loops, `contract` for sums of products."""
