using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace FlexCore.Infrastructure.MongoDb;

/// <summary>Puts a document of BSON together: a command, or the options of one.</summary>
internal sealed class BsonBuilder
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    public BsonBuilder() => Write(0);

    /// <summary>What has been added, in its order.</summary>
    public MongoDbDocument Build()
    {
        _bytes.Write("\0"u8);
        var bytes = _bytes.WrittenSpan.ToArray();
        BinaryPrimitives.WriteInt32LittleEndian(bytes, bytes.Length);
        return MongoDbDocument.FromBson(bytes);
    }

    /// <summary>A handle of the driver's on it.</summary>
    public BsonHandle ToHandle() => Build().ToHandle();

    public BsonBuilder Add(string name, string value)
    {
        Begin(0x02, name);
        var text = Encoding.UTF8.GetBytes(value);
        Write(text.Length + 1);
        _bytes.Write(text);
        _bytes.Write("\0"u8);
        return this;
    }

    public BsonBuilder Add(string name, int value)
    {
        Begin(0x10, name);
        Write(value);
        return this;
    }

    public BsonBuilder Add(string name, long value)
    {
        Begin(0x12, name);
        BinaryPrimitives.WriteInt64LittleEndian(_bytes.GetSpan(sizeof(long)), value);
        _bytes.Advance(sizeof(long));
        return this;
    }

    public BsonBuilder Add(string name, bool value)
    {
        Begin(0x08, name);
        _bytes.Write([value ? (byte)1 : (byte)0]);
        return this;
    }

    /// <summary>Adds it where there is one.</summary>
    public BsonBuilder Add(string name, MongoDbDocument? value)
    {
        if (value is null) return this;
        Begin(0x03, name);
        _bytes.Write(value.Bson.Span);
        return this;
    }

    /// <summary>Adds an array; nothing where it is empty.</summary>
    public BsonBuilder Add(string name, IReadOnlyList<MongoDbDocument> values)
    {
        if (values.Count == 0) return this;
        var array = new BsonBuilder();
        foreach (var (place, value) in values.Index()) array.Add(place.ToString(CultureInfo.InvariantCulture), value);
        Begin(0x04, name);
        _bytes.Write(array.Build().Bson.Span);
        return this;
    }

    private void Begin(byte type, string name)
    {
        _bytes.Write([type]);
        _bytes.Write(Encoding.UTF8.GetBytes(name));
        _bytes.Write("\0"u8);
    }

    private void Write(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(_bytes.GetSpan(sizeof(int)), value);
        _bytes.Advance(sizeof(int));
    }
}
