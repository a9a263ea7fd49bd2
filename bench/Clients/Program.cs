using System.Globalization;
using FlexCore.Clients.Benchmarks;

// Our clients beside the bare drivers, in turns within one process.
// kafka ROUNDS MESSAGES     messages of 100 bytes to a cluster of three brokers: by 50 callers who each wait for their own, a thousand on their way one by one, and a thousand as one call
await (args[0] == "kafka"
    ? KafkaWorkload.RunAsync(int.Parse(args[1], CultureInfo.InvariantCulture), int.Parse(args[2], CultureInfo.InvariantCulture))
    : throw new NotSupportedException($"there is no workload {args[0]}"));
