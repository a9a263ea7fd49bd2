namespace FlexCore.Infrastructure;

/// <summary>A secret in a file for its owner alone, made at the first use.</summary>
internal sealed class KeyFile(string path, Func<byte[]> make)
{
    public bool Exists => File.Exists(path);

    public byte[] Read()
    {
        try
        {
            if (!File.Exists(path)) Make();
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (DataDirectory.IsFailure(e))
        {
            throw DataDirectory.Failed(e);
        }
    }

    private void Make()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!, DataDirectory.OwnerOnly);
        var fresh = $"{path}.{Guid.CreateVersion7():n}";
        using (var file = new FileStream(fresh, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = DataDirectory.OwnerReadsAndWrites }))
        {
            file.Write(make());
            file.Flush(flushToDisk: true);
        }

        try
        {
            // Never over one that another process has just made: something may depend on it already.
            File.Move(fresh, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(fresh);
        }
    }
}
