module coppice_bench_peer

go 1.19
