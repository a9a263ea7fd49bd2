using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using FlexCore.Caching.Benchmarks;

// In this process: a program that BenchmarkDotNet makes would be built without the lock files.
BenchmarkRunner.Run<Hits>(DefaultConfig.Instance.AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance)), args);
