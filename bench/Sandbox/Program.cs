using FlexCore.Sandbox;
using FlexCore.Sandbox.Benchmarks;

// bench/sandbox.sh calls this: ROUNDS
var rounds = int.Parse(args[0]);
await using var host = new SandboxHost(new SandboxHostOptions(), TimeProvider.System);
var report = await host.ProbeAsync();
Console.WriteLine($"limits by {report.Limits}");

foreach (var command in (string[][])[["/bin/true"], ["/usr/bin/python3", "-c", "pass"]])
{
    // In turn and with pauses: what runs often is quicker than what runs now and then.
    var (plain, sandboxed, held) = (new List<double>(), new List<double>(), new List<double>());
    for (var i = 0; i < rounds; i++)
    {
        plain.Add(await Programs.TimeAsync(() => Programs.RunPlainAsync(command)));
        await Task.Delay(100);
        sandboxed.Add(await Programs.TimeAsync(() => Programs.RunSandboxedAsync(host, command)));
        await Task.Delay(100);
        await using var process = await Programs.HoldAsync(host, command);
        await Task.Delay(100);
        held.Add(await Programs.TimeAsync(() => Programs.RunHeldAsync(process)));
        await Task.Delay(100);
    }

    Console.WriteLine($"{string.Join(' ', command)}, from start to end, {rounds} times, 100 ms apart: plain {Programs.Describe(plain)}; sandbox {Programs.Describe(sandboxed)}; beyond it {Programs.Median(sandboxed) - Programs.Median(plain):0.0} ms; held before {Programs.Describe(held)}; beyond it {Programs.Median(held) - Programs.Median(plain):0.0} ms");
}

const int AtOnce = 100;
string[] answer = ["/usr/bin/python3", "-c", "import sys; print(sys.stdin.readline(), end='', flush=True); sys.stdin.readline()"];
var (plainTimes, sandboxTimes, plainMemory, sandboxMemory) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
for (var i = 0; i < 5; i++)
{
    var (time, memory) = await Programs.AnswerAtOnceAsync(AtOnce, () => Programs.AskPlainAsync(answer));
    plainTimes.Add(time);
    plainMemory.Add(memory);
    (time, memory) = await Programs.AnswerAtOnceAsync(AtOnce, () => Programs.AskSandboxedAsync(host, answer));
    sandboxTimes.Add(time);
    sandboxMemory.Add(memory);
}

Console.WriteLine($"{AtOnce} at once that answer one line, 5 times: plain {Programs.Describe(plainTimes)}; sandbox {Programs.Describe(sandboxTimes)}; ratio {Programs.Median(sandboxTimes) / Programs.Median(plainTimes):0.00}; "
    + $"memory beyond plain {(Programs.Median(sandboxMemory) - Programs.Median(plainMemory)) / AtOnce:0.00} MiB each");

var (alone, beside) = (new List<double>(), new List<double>());
for (var i = 0; i < 5; i++)
{
    alone.Add(await Programs.TimeAsync(() => Programs.RunManyAsync(host, 20)));
    await using var hostile = await Programs.StartHostileAsync(host);
    beside.Add(await Programs.TimeAsync(() => Programs.RunManyAsync(host, 20)));
}

Console.WriteLine($"20 that compute 0.1 s each, 5 times: {Programs.Describe(alone)}; beside one that keeps 32 processes busy {Programs.Describe(beside)}; ratio {Programs.Median(beside) / Programs.Median(alone):0.00}");

const long Bytes = 4L << 30;
string[] pour = ["head", "-c", $"{Bytes}", "/dev/zero"];
var (plainRates, sandboxRates) = (new List<double>(), new List<double>());
for (var i = 0; i < 5; i++)
{
    plainRates.Add(Bytes / 1e6 / (await Programs.TimeAsync(() => Programs.RunPlainAsync(pour)) / 1000));
    sandboxRates.Add(Bytes / 1e6 / (await Programs.TimeAsync(() => Programs.RunSandboxedAsync(host, pour)) / 1000));
}

Console.WriteLine($"{Bytes >> 30} GiB out of a pipe, 5 times: plain {Programs.Median(plainRates):0} MB/s; sandbox {Programs.Median(sandboxRates):0} MB/s; ratio {Programs.Median(sandboxRates) / Programs.Median(plainRates):0.00}");
