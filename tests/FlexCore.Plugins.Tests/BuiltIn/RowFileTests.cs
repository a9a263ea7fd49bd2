using FlexCore.Application.Ports;
using FlexCore.Domain.Errors;
using FlexCore.Plugins.BuiltIn;

namespace FlexCore.Plugins.Tests.BuiltIn;

public sealed class RowFileTests : IDisposable
{
    private readonly Project _project = new();

    public void Dispose() => _project.Dispose();

    [Fact]
    public async Task Table_is_read_as_RFC_4180_has_it() =>
        (await ReadAsync("t.csv", "\uFEFFid,\"na\"\"me\",note\r\n1,\"a,\"\"b\"\"\r\nc\",\n\n2,\"\", x \n3,é😀,end")).ShouldBe(
            ["id|na\"me|note", "1|a,\"b\"\r\nc|NULL", "2|| x ", "3|é😀|end"]);

    [Fact]
    public async Task Columns_are_those_that_are_asked_for() => (await ReadAsync("t.csv", "a,b,c\n1,2,3\n", "c", "a")).ShouldBe(["c|a", "3|1"]);

    [Fact]
    public async Task Objects_on_lines_are_rows_whose_missing_members_are_null() =>
        (await ReadAsync("t.jsonl", "{\"a\":1.50,\"b\":true}\n{\"b\":null,\"a\":\"x\"}\n{\"a\":{\"c\":[1]}}\n")).ShouldBe(["a|b", "1.50|true", "x|NULL", "{\"c\":[1]}|NULL"]);

    [Fact]
    public async Task Empty_file_has_no_columns() => (await ReadAsync("t.csv", "")).ShouldBe([""]);

    [Theory]
    [InlineData("t.csv", "a,b\n1\n", "row 2 has only 1 fields")]
    [InlineData("t.csv", "a\n\"1", "ends within quotes, in row 2")]
    [InlineData("t.csv", "a\n\"1\"2\n", "something behind a closing quote in row 2")]
    [InlineData("t.jsonl", "{}\n[1]\n", "line 2 is no object")]
    public async Task File_that_is_no_table_is_refused(string name, string content, string message) =>
        (await Should.ThrowAsync<FlexCoreException>(() => ReadAsync(name, content))).Error.Message.ShouldContain(message);

    [Fact]
    public async Task Line_that_is_written_is_read_as_the_same()
    {
        SqlValue[] row = [SqlValues.Text("a\"b"), SqlValue.Null, SqlValues.Text(""), SqlValues.Text(" x"), SqlValues.Text("1,2\n3")];

        (await ReadAsync("t.csv", "a,b,c,d,e\n" + Csv.Line(row))).ShouldBe(["a|b|c|d|e", "a\"b|NULL|| x|1,2\n3"]);
    }

    private async Task<List<string>> ReadAsync(string name, string content, params string[] columns)
    {
        var (found, rows) = await RowFile.OpenAsync(_project.Write(name, content), columns, TestContext.Current.CancellationToken);
        await using var held = rows;
        List<string> read = [string.Join('|', found)];
        await foreach (var row in rows.ReadAsync(TestContext.Current.CancellationToken)) read.Add(string.Join('|', row.Select(value => value.Text ?? "NULL")));
        return read;
    }
}
