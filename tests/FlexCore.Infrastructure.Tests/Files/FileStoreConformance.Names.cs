using System.Text;
using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.Files;
using FsCheck.Fluent;

namespace FlexCore.Infrastructure.Tests.Files;

/// <content>Names and links.</content>
public abstract partial class FileStoreConformance<T>
{
    private static readonly string[] Pieces = ["a", "B", "0", "-", "_", ".", " ", "é", "ß", "日", "\uE000", "\uFF21", "%", "%2F", "+", "&", "=", "?", "#", ":", ";", "@", "'", "\"", "<", ">", "*", "|", "~", "$", "(", "[", "{", "`", "^", "!", ",", "\u00A0", "\u0301", "\u200D", "\uFFFD"];

    private static readonly string[] BadNames =
    [
        "", "/", "/a", "a/", "a//b", ".", "..", "a/..", "../a", "a/../b", "./a", "a/./b", "a.", "a./b", "a ", " a", "a /b", "a\\b", "\\a", "a\0", "a\nb", "\u007F", "\u0085", "\uD800", "a\uDC00", "\uDC00\uD800", "\uFFFE", "\uFFFF", "\U0001F600",
        new string('a', 201), new string('é', 101), string.Join('/', Enumerable.Repeat("a", 101)), string.Join('/', Enumerable.Repeat(new string('a', 180), 5)),
    ];

    [Fact]
    public async Task Names_stay_as_they_are()
    {
        var segment = Gen.Elements(Pieces).ListOf(8).Select(string.Concat);
        var names = segment.ListOf(3).Select(segments => string.Join('/', segments)).Where(FileNames.IsName).Sample(40, 8).Concat([new string('a', 200), string.Join('/', Enumerable.Repeat("a", 100)), string.Join('/', Enumerable.Repeat(new string('x', 179), 5)), "..a", ".a", "...a/b", "-", "~"]).Distinct(StringComparer.Ordinal).ToList();

        await Parallel.ForEachAsync(names, Token, async (name, token) => await Store.PutAsync(name, new MemoryStream(Encoding.UTF8.GetBytes(name)), token));

        (await NamesAsync("")).ShouldBe(names.Order(StringComparer.Ordinal));
        using var http = new HttpClient();
        foreach (var name in names)
        {
            (await TextAsync(name)).ShouldBe(name);
            (await http.GetStringAsync(Store.CreateLink(name, FileLinkUse.Get, TimeSpan.FromMinutes(5)).Address, Token)).ShouldBe(name);
        }

        (await Store.DeleteAllAsync("", Token)).ShouldBe(names.Count);
    }

    [Fact]
    public async Task Names_that_lead_elsewhere_or_that_not_all_can_keep_are_refused()
    {
        foreach (var name in BadNames)
        {
            foreach (var ask in new Func<Task>[]
            {
                () => PutAsync(name, "").AsTask(), () => Store.OpenAsync(name, range: null, Token).AsTask(), () => Store.FindAsync(name, Token).AsTask(), () => Store.DeleteAsync(name, Token).AsTask(),
                () => Task.FromResult(Store.CreateLink(name, FileLinkUse.Get, TimeSpan.FromMinutes(1))),
            })
            {
                var refused = await Should.ThrowAsync<FlexCoreException>(ask, name);
                refused.Error.Code.ShouldBe(ErrorCodes.InvalidName);
                refused.Error.Message.ShouldAllBe(c => !char.IsControl(c));
            }
        }

        (await NamesAsync("")).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("/")]
    [InlineData("../")]
    [InlineData("a/../")]
    [InlineData("a//")]
    [InlineData("a\\")]
    public async Task Beginnings_that_lead_elsewhere_are_refused(string prefix)
    {
        (await Should.ThrowAsync<FlexCoreException>(() => NamesAsync(prefix))).Error.Code.ShouldBe(ErrorCodes.InvalidName);
        (await Should.ThrowAsync<FlexCoreException>(async () => await Store.DeleteAllAsync(prefix, Token))).Error.Code.ShouldBe(ErrorCodes.InvalidName);
    }

    [Fact]
    public async Task Link_reads_and_another_one_puts_and_neither_does_what_the_other_does()
    {
        await PutAsync("reports/a b.txt", "old");
        using var http = new HttpClient();
        var (get, put) = (Store.CreateLink("reports/a b.txt", FileLinkUse.Get, TimeSpan.FromMinutes(5)), Store.CreateLink("reports/a b.txt", FileLinkUse.Put, TimeSpan.FromMinutes(5)));

        (await http.GetStringAsync(get.Address, Token)).ShouldBe("old");
        (await SendAsync(http, HttpMethod.Put, put, put.Address, "new")).IsSuccessStatusCode.ShouldBeTrue();
        (await TextAsync("reports/a b.txt")).ShouldBe("new");

        (await SendAsync(http, HttpMethod.Put, put, get.Address, "no")).IsSuccessStatusCode.ShouldBeFalse();
        (await SendAsync(http, HttpMethod.Get, get, put.Address, content: null)).IsSuccessStatusCode.ShouldBeFalse();
        (await TextAsync("reports/a b.txt")).ShouldBe("new");
    }

    [Fact]
    public async Task Link_is_for_one_file_and_ends()
    {
        await PutAsync("a", "a");
        await PutAsync("b", "b");
        using var http = new HttpClient();
        var link = Store.CreateLink("a", FileLinkUse.Get, TimeSpan.FromSeconds(2));
        (await http.GetStringAsync(link.Address, Token)).ShouldBe("a");

        foreach (var forged in new[] { link.Address.AbsoluteUri.Replace("/a?", "/b?", StringComparison.Ordinal), link.Address.GetLeftPart(UriPartial.Path) })
        {
            (await SendAsync(http, HttpMethod.Get, link, new Uri(forged), content: null)).IsSuccessStatusCode.ShouldBeFalse(forged);
        }

        var began = TimeProvider.System.GetTimestamp();
        while ((await SendAsync(http, HttpMethod.Get, link, link.Address, content: null)).IsSuccessStatusCode)
        {
            TimeProvider.System.GetElapsedTime(began).ShouldBeLessThan(Patience);
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, Token);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData((7 * 24 * 3600) + 1)]
    public void Link_for_no_time_or_for_too_long_is_refused(int seconds) =>
        Should.Throw<ArgumentOutOfRangeException>(() => Store.CreateLink("a", FileLinkUse.Get, TimeSpan.FromSeconds(seconds)));

    private static async Task<HttpResponseMessage> SendAsync(HttpClient http, HttpMethod method, FileLink link, Uri address, string? content)
    {
        using var request = new HttpRequestMessage(method, address);
        if (content is not null) request.Content = new StringContent(content);
        foreach (var (name, value) in link.Headers) request.Headers.TryAddWithoutValidation(name, value);
        return await http.SendAsync(request, Token);
    }
}
