using System.Buffers;
using System.Text;
using System.Text.Json;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Plugins.Json;
using FlexCore.Plugins.Transforms;
using FlexCore.Plugins.Yaml;

namespace FlexCore.Plugins.Tests.Transforms;

/// <summary>One map as a pipeline writes it, and what it makes of messages.</summary>
internal sealed class TestMap : IDisposable
{
    private readonly JsonTape _tape = new();
    private readonly RecordMapper _mapper;

    public TestMap(string yaml)
        : this(ReadGood(yaml))
    {
    }

    public TestMap(RecordMap map, string key = "a key of thirty-two bytes, or so.") => _mapper = new RecordMapper(map, Encoding.UTF8.GetBytes(key));

    /// <summary>What an expression makes of a record, as it is written into it; or what the problem is.</summary>
    public static string Evaluate(string expression, string record)
    {
        using var map = new TestMap(new RecordMap { Stream = "s", Derive = [KeyValuePair.Create("result", expression)], Select = ["result"] });
        var mapped = map.Record(record);
        return mapped.StartsWith('{') ? JsonElement.Parse(mapped).GetProperty("result").GetRawText() : mapped;
    }

    public static (RecordMap? Map, List<Error> Errors) Read(string yaml)
    {
        var errors = new List<Error>();
        var parsed = YamlFile.Parse(yaml, "p.yaml");
        return parsed.IsSuccess ? (RecordMapReader.Read(parsed.Value, errors), errors) : (null, [.. parsed.Errors]);
    }

    /// <summary>The record of a message with that record, mapped; "left out", or what the problem is.</summary>
    public string Record(string record)
    {
        var mapped = Line($$"""{"type":"RECORD","stream":"s","record":{{record}}}""");
        return mapped.StartsWith('{') ? JsonElement.Parse(mapped, new JsonDocumentOptions { MaxDepth = JsonTape.MaxDepth }).GetProperty("record").GetRawText() : mapped;
    }

    /// <summary>A whole RECORD message, mapped.</summary>
    public string Line(string line) => Line(Encoding.UTF8.GetBytes(line));

    public string Line(byte[] line)
    {
        if (_tape.Read(line) is { } unreadable) return unreadable;
        var output = new LineBuffer();
        var outcome = _mapper.MapRecord(_tape, output, out var problem);
        if (outcome != MapOutcome.Mapped) output.Length.ShouldBe(0);
        return outcome switch
        {
            MapOutcome.Mapped => Encoding.UTF8.GetString(output.Memory.Span),
            MapOutcome.LeftOut => "left out",
            _ => problem!,
        };
    }

    /// <summary>Maps one message over and over.</summary>
    public long AllocatedBy(string line, int times)
    {
        var bytes = Encoding.UTF8.GetBytes(line);
        var output = new LineBuffer();
        Run(100);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Run(times);
        return GC.GetAllocatedBytesForCurrentThread() - before;

        void Run(int count)
        {
            for (var i = 0; i < count; i++)
            {
                output.Clear();
                _tape.Read(bytes);
                _mapper.MapRecord(_tape, output, out _);
            }
        }
    }

    /// <summary>A SCHEMA message with these properties and more, mapped; or what the problem is.</summary>
    public string Schema(string properties, string more = "", string keys = """["id"]""") =>
        SchemaLine($$"""{"type":"SCHEMA","stream":"s","schema":{"type":"object","properties":{{properties}}{{more}}},"key_properties":{{keys}}}""");

    public string SchemaLine(string line)
    {
        _tape.Read(Encoding.UTF8.GetBytes(line)).ShouldBeNull();
        var output = new ArrayBufferWriter<byte>();
        return _mapper.MapSchema(_tape, output) ?? Encoding.UTF8.GetString(output.WrittenSpan);
    }

    public void Dispose() => _mapper.Dispose();

    private static RecordMap ReadGood(string yaml)
    {
        var (map, errors) = Read(yaml);
        errors.ShouldBeEmpty();
        return map!;
    }
}
