"""How LibreOffice is set up for a conversion: what it must not run, and which fonts stand in for which.

Chinese documents name fonts that only Windows has. Each of the four classes of them, Song, Fangsong, Hei and
Kai, gets a face of its own, since contracts tell headings, texts and remarks apart by them. A text without a
mark of its language is taken for Chinese.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from xml.sax.saxutils import escape

SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="MacroSecurityLevel" oor:op="fuse"><value>3</value></prop>
<prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop>
<prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Linguistic/General">
<prop oor:name="DefaultLocale_CJK" oor:op="fuse"><value>zh-CN</value></prop></item>
<item oor:path="/org.openoffice.Setup/L10N">
<prop oor:name="ooSetupSystemLocale" oor:op="fuse"><value>zh-CN</value></prop></item>
</oor:items>
"""
# Stand-in -> names by which documents ask for its class.
STAND_INS = {
    'Noto Serif CJK SC': (
        *('宋体', 'SimSun', '新宋体', 'NSimSun', '华文宋体', 'STSong', '华文中宋', 'STZhongsong', '宋体-简'),
        *('Songti SC', '方正小标宋简体', '方正小标宋_GBK', 'FZXiaoBiaoSong-B05S', '方正书宋简体', '方正书宋_GBK'),
        *('思源宋体', 'Source Han Serif SC'),
    ),
    'LXGW WenKai Light': (
        *('仿宋', 'FangSong', '仿宋_GB2312', 'FangSong_GB2312', '华文仿宋', 'STFangsong', '方正仿宋简体'),
        *('方正仿宋_GBK', '方正仿宋_GB2312', 'FZFangSong-Z02S'),
    ),
    'Noto Sans CJK SC': (
        *('黑体', 'SimHei', '微软雅黑', 'Microsoft YaHei', '等线', 'DengXian', '华文黑体', 'STHeiti', '华文细黑'),
        *('STXihei', '方正黑体简体', '方正黑体_GBK', '苹方-简', 'PingFang SC', '幼圆', 'YouYuan', '思源黑体'),
        *('Source Han Sans SC',),
    ),
    'LXGW WenKai': (
        *('楷体', 'KaiTi', '楷体_GB2312', 'KaiTi_GB2312', '华文楷体', 'STKaiti', '方正楷体简体', '方正楷体_GBK'),
        *('楷体-简', 'Kaiti SC'),
    ),
}
_FAMILIES = ('Noto Sans CJK', 'Noto Serif CJK', 'Noto Sans Mono CJK')
# Faces of one collection that differ in the shapes of the same characters: a fallback takes the first it finds.
_OTHER_SHAPES = tuple(f'{family} {region}' for family in _FAMILIES for region in ('JP', 'KR', 'HK', 'TC'))


def fontconfig(folders: Iterable[Path], cache: Path) -> str:
    """Return a fontconfig file: our folders beside the system's, the stand-ins, Chinese shapes.

    :param folders: of fonts.
    :param cache: where fontconfig may write.
    """
    lines = [
        '<?xml version="1.0"?>',
        '<!DOCTYPE fontconfig SYSTEM "fonts.dtd">',
        '<fontconfig><include ignore_missing="yes">/etc/fonts/fonts.conf</include>',
        *(f'<dir>{escape(str(folder))}</dir>' for folder in folders),
        f'<cachedir>{escape(str(cache))}</cachedir>',
        '<selectfont><rejectfont>',
        *(f'<pattern><patelt name="family"><string>{one}</string></patelt></pattern>' for one in _OTHER_SHAPES),
        '</rejectfont></selectfont>',
        *(_rule(name, face) for face, names in STAND_INS.items() for name in names),
        '</fontconfig>',
    ]
    return '\n'.join(lines) + '\n'


def _rule(name: str, face: str) -> str:
    return (
        f'<match target="pattern"><test name="family"><string>{escape(name)}</string></test>'
        f'<edit name="family" mode="prepend" binding="strong"><string>{face}</string></edit></match>'
    )
