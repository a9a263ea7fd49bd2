using System.Globalization;
using System.Text;
using System.Text.Json;
using FlexCore.Sdk;
using FlexCore.Sdk.Targets;

namespace FlexCore.Connectors.JsonLines;

/// <summary>The files of one record stream: the one that counts, and one for each version that is not activated yet.</summary>
internal sealed class JsonLinesStream : IStreamWriter, IAsyncDisposable
{
    private const int MaxDepth = 256;

    private readonly string _path;
    private readonly string _versionPath;
    private readonly Dictionary<long, JsonLinesFile> _pending = [];
    private byte[][] _keys = [];
    private JsonLinesFile? _active;
    private long? _activeVersion;
    private JsonLinesFile? _last;
    private long? _lastVersion;

    public JsonLinesStream(string folder, string name)
    {
        var safe = SafeName(name);
        _path = Path.Combine(folder, safe + ".jsonl");
        _versionPath = Path.Combine(folder, $".{safe}.version");
        if (!File.Exists(_versionPath)) return;
        _activeVersion = long.TryParse(File.ReadAllText(_versionPath), NumberStyles.None | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var version)
            ? version : throw new PluginException($"{_versionPath} holds no version: remove it");
        FinishActivation();
    }

    /// <summary>Fields that no record may lack.</summary>
    public IReadOnlyList<string> Keys
    {
        set => _keys = [.. value.Select(Encoding.UTF8.GetBytes)];
    }

    public bool Write(ReadOnlySpan<byte> record, long? version)
    {
        Check(record);
        if (_last is null || version != _lastVersion) (_last, _lastVersion) = (FileOf(version), version);
        return _last.Append(record);
    }

    public ValueTask DrainAsync(CancellationToken cancellationToken) => _last!.DrainAsync(cancellationToken);

    public async ValueTask ActivateVersionAsync(long version, CancellationToken cancellationToken)
    {
        if (version == _activeVersion) return;
        FileOf(version);
        await SyncAsync(cancellationToken).ConfigureAwait(false);
        await DisposeAsync().ConfigureAwait(false);
        var fresh = _versionPath + ".new";
        using (var file = File.OpenHandle(fresh, FileMode.Create, FileAccess.Write))
        {
            await RandomAccess.WriteAsync(file, Encoding.ASCII.GetBytes($"{version}\n"), 0, cancellationToken).ConfigureAwait(false);
            RandomAccess.FlushToDisk(file);
        }

        File.Move(fresh, _versionPath, overwrite: true);
        _activeVersion = version;
        FinishActivation();
    }

    public async ValueTask SyncAsync(CancellationToken cancellationToken)
    {
        if (_active is not null) await _active.SyncAsync(cancellationToken).ConfigureAwait(false);
        foreach (var file in _pending.Values) await file.SyncAsync(cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        if (_active is not null) await _active.DisposeAsync().ConfigureAwait(false);
        foreach (var file in _pending.Values) await file.DisposeAsync().ConfigureAwait(false);
        (_active, _last) = (null, null);
        _pending.Clear();
    }

    private JsonLinesFile FileOf(long? version)
    {
        if (version is null || version == _activeVersion) return _active ??= JsonLinesFile.Open(_path);
        if (!_pending.TryGetValue(version.Value, out var file)) _pending.Add(version.Value, file = JsonLinesFile.Open(PendingPath(version.Value)));
        return file;
    }

    /// <summary>Puts the active version in its place, unless that was done already; a killed run may have stopped just before.</summary>
    private void FinishActivation()
    {
        if (File.Exists(PendingPath(_activeVersion!.Value))) File.Move(PendingPath(_activeVersion.Value), _path, overwrite: true);
    }

    private string PendingPath(long version) => string.Create(CultureInfo.InvariantCulture, $"{_path}.v{version}");

    /// <summary>It is copied as it was written, so that no digit changes; so it must be JSON, and have the keys.</summary>
    private void Check(ReadOnlySpan<byte> record)
    {
        var reader = new Utf8JsonReader(record, new JsonReaderOptions { MaxDepth = MaxDepth });
        reader.Read();
        var found = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            foreach (var key in _keys)
            {
                if (!reader.ValueTextEquals(key)) continue;
                found++;
                break;
            }

            reader.Skip();
        }

        while (reader.Read())
        {
        }

        if (found < _keys.Length) throw new JsonException($"the record lacks a key of its stream: {string.Join(", ", _keys.Select(Encoding.UTF8.GetString))}");
    }

    /// <summary>A file name for any name: what is no letter, digit, '_', '-' or '.' becomes %XX, and so does a '.' at the beginning.</summary>
    private static string SafeName(string name)
    {
        var safe = new StringBuilder();
        foreach (var rune in name.EnumerateRunes())
        {
            if (Rune.IsLetterOrDigit(rune) || rune.Value is '_' or '-' || (rune.Value == '.' && safe.Length > 0)) safe.Append(rune);
            else safe.Append(CultureInfo.InvariantCulture, $"%{rune.Value:X2}");
        }

        return safe.ToString();
    }
}
