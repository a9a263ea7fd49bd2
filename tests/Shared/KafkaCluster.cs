using System.Reflection;
using System.Runtime.InteropServices;
using Confluent.Kafka;

namespace FlexCore.Testing;

/// <summary>
/// Three brokers on loopback that speak Kafka's protocol: the mock cluster of librdkafka itself, within this process. Topics are there from their first use, with four partitions; nothing outlives it. It does not hide
/// what was sent in a transaction that was aborted.
/// </summary>
internal sealed class KafkaCluster : IDisposable
{
    private static readonly Lazy<bool> Library = new(() =>
    {
        try
        {
            NativeLibrary.SetDllImportResolver(typeof(Confluent.Kafka.Library).Assembly, Resolve);
        }
        catch (InvalidOperationException)
        {
            // The product has done so already.
        }

        return Confluent.Kafka.Library.Load("librdkafka.so.1");
    });

    private readonly IProducer<Null, Null> _host;

    public KafkaCluster()
    {
        _ = Library.Value;
        var settings = new ProducerConfig { BootstrapServers = "unused:1" };
        settings.Set("test.mock.num.brokers", "3");
        _host = new ProducerBuilder<Null, Null>(settings).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
        using var admin = new DependentAdminClientBuilder(_host.Handle).Build();
        Brokers = [.. admin.GetMetadata(TimeSpan.FromSeconds(30)).Brokers.Select(broker => $"{broker.Host}:{broker.Port}")];
    }

    /// <summary>As <c>FlexCore:Kafka:Brokers</c>.</summary>
    public IReadOnlyList<string> Brokers { get; }

    /// <summary>Ends all brokers.</summary>
    public void Dispose() => _host.Dispose();

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath) =>
        name.Contains("rdkafka", StringComparison.Ordinal) ? NativeLibrary.Load("librdkafka.so.1")
        : name == "libdl" ? NativeLibrary.Load("libdl.so.2")
        : 0;
}
