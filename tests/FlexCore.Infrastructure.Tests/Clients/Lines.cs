using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace FlexCore.Infrastructure.Tests.Clients;

/// <summary>A log that a test reads.</summary>
public sealed class Lines : ILoggerProvider
{
    private readonly ConcurrentQueue<Line> _lines = [];

    public IReadOnlyList<Line> Written => [.. _lines];

    public ILogger CreateLogger(string categoryName) => new Writer(categoryName, _lines);

    public void Dispose()
    {
    }

    public sealed record Line(string Category, LogLevel Level, string Text, IReadOnlyDictionary<string, object?> Values);

    private sealed class Writer(string category, ConcurrentQueue<Line> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var values = new Dictionary<string, object?>(StringComparer.Ordinal);
            foreach (var (name, value) in state as IEnumerable<KeyValuePair<string, object?>> ?? []) values[name] = value;
            lines.Enqueue(new Line(category, logLevel, formatter(state, exception), values));
        }
    }
}
