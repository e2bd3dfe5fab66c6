/// Keys that are of no use to anybody, made for these tests.
enum TestKeys {
    static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIDATCCAemgAwIBAgIUZFFsjtfyH3Gl+Z3fqwa9sXzCvK4wDQYJKoZIhvcNAQEL
        BQAwDzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjExNzQyNDNaGA8yMTI2MTAyODE3
        NDI0M1owDzENMAsGA1UEAwwEdGVzdDCCASIwDQYJKoZIhvcNAQEBBQADggEPADCC
        AQoCggEBAN+5vaF2L/dIDDL1sKklfpFl3cGP50/uW3jE7H9tzndxO8Noqk2Rc7S3
        UG1VYAMCtvII4fXtPAvl8sCEje1hgycwGyLPkkBQrJ9yGvY2mcQtW8wtcpGVy8gV
        6tszjG4t3Pco2X1TGPYPNOWCZ3zZ41XLZIQPibZpaC0J7cxvJxCkMSLZNwrvmBLa
        6Cu9pJ1NglFZyRwfvW4R7EjMQYff+S+PZC4rcsIn0N51/fEW3RY6ciNoFuX86YgW
        AoXLff3giXnFewR+sp30X4/6oPZ8eHHHJVTx5tNRwuVcAULjGglpVCQKP58yiJ0e
        6fYVGfFls2XTEu+g3jtBvVRroQJ56TUCAwEAAaNTMFEwHQYDVR0OBBYEFM7JrMMA
        WRfZvwHnX/gFTec5rn4oMB8GA1UdIwQYMBaAFM7JrMMAWRfZvwHnX/gFTec5rn4o
        MA8GA1UdEwEB/wQFMAMBAf8wDQYJKoZIhvcNAQELBQADggEBAKWtEVuObP4g1GLu
        xNEGXCuojKxGo4vxxI+uz/tB0+nilKlvoxrEOiJe2yGQ9nxqBkUIupyQWJGGDXOl
        KsXyl4lWyEdUcuzyI4bAT8aA5KwbPXlvC8eCdsGBx4A/4JdSd/3M4woIPkWWRhmN
        NayYqva6odR9YBvVrypNx3rT8ruGUIy7QWox8DeapoSnlUfCMbeGKyDiCOqUeT31
        i4OuRTSXaOcrA9vtAetJ41yYN6BB+lWfNbxU5dJnQ69gaDutFybvPJyZy0rXsMU7
        dSyToH1qTKpJp8ztgLF1kvSQ4d7fDph8PklLZbjuIZKugOQmfo291kUp1uEusZB9
        HA4qZew=
        -----END CERTIFICATE-----
        """
    static let key = """
        -----BEGIN PRIVATE KEY-----
        MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDfub2hdi/3SAwy
        9bCpJX6RZd3Bj+dP7lt4xOx/bc53cTvDaKpNkXO0t1BtVWADArbyCOH17TwL5fLA
        hI3tYYMnMBsiz5JAUKyfchr2NpnELVvMLXKRlcvIFerbM4xuLdz3KNl9Uxj2DzTl
        gmd82eNVy2SED4m2aWgtCe3MbycQpDEi2TcK75gS2ugrvaSdTYJRWckcH71uEexI
        zEGH3/kvj2QuK3LCJ9Dedf3xFt0WOnIjaBbl/OmIFgKFy3394Il5xXsEfrKd9F+P
        +qD2fHhxxyVU8ebTUcLlXAFC4xoJaVQkCj+fMoidHun2FRnxZbNl0xLvoN47Qb1U
        a6ECeek1AgMBAAECggEAL0LpHNU/P8FAFnnRdoH9sVBwHqY8KqYDO8l53ld/gLry
        cY7IPzelVj1NZ7Nb43bs18dpmI6jmy3Z8LJv2wA4+QvQB7QKxLxmIw6zRGT3abpd
        RI4rQDcBRAThRqomldXpcmr2OuPVh5FhzsQUAYtz21lqo/02TcsJn04UJpYqjfiE
        Y2JK2lVkDU7frHENkRlrFiksEzUjnh4hfbwL23OlbfenRw2uypMCNcQQ8GsNRHPa
        xqepFprED4UnyOvdeNcjv/uAEseedC3B9GVmZM3GJjPtP3J3ZGxbRRA+oxht5Ug3
        YP51zRgjKzO+vu+HTHsDGiryDgSNjmEu5Mj8NveQEQKBgQD2QasWqQdvjgOGokZt
        sJyXmJxAeqZS+1OtQctK0b0h/Hk/VuZfdFm0BhmcqpPtZbWQP2xS+Xnf0yAi3BeE
        CLImDFG4JjA8IrnNAWHIRV0UC2ZXw/UHN+93CsSMg3WM3COQ5IsEI0wAS8uh1har
        T6gkulk44TPiaq7RLiDjQ2pZHQKBgQDok9s3n5kQkbsi3WSAW/FrbW46866Gha7E
        YzyWKQVuxzn05h5w7cjYwYAxhcBOB/FWcvLUYqK847rMWPfXN+nb1H+ajXgXWTEo
        diUwQw99n0h4ORh70AOnwZBL2TGtbj+HONfaz7/hmH1qJ405rrAOqXDqnaWCcx2Q
        S67l8mVs+QKBgAiJfkTq1zcm1Th1p7tlxAf9Ym1Z0ypNTDlVbpbJbqUe+5UWjiYB
        ApsbGwgzYa15OTInALpfq7n2t8Z9mtMY+hQXmT2pFUMAcTCKO7mVrgRj4MhqIrR9
        W+/kj6vPYuPfPdxoD+m0z42zEvwpT9/ggxPC4hT2ubW/vQ/DaaB3VdiBAoGBAKKW
        kn6dJM0Pg6pI6TROkkQOeSvfJJfIJrgFw9oZjUG3Js4MfSVnJaxaAXsdTKWAKffM
        XfOZjLjN3s1yOLiMzwCt2hK6aUSxRotJpI/Loa2pR2k8SOBtN9DzoSNVD8R1ORYX
        59aAu1xDVRF72t+DPnLRgy2QzZ6XSQiR0A/SV5NJAoGAE40phGJntJJ/zK1SzE29
        YHUiROJ30eJ+yxiAce7slkxkfXJvGzIF/CMTBCNZ9j8EKyiGqe/pwSoLdk9hdgh+
        yatGClXDLVx+XJRrDHILva5371rmI7ByDPFKWPvF4OC8mb98m+nlBz+2MI9KN0Sl
        z2WotIwUtXnpRVsLIeNf9eA=
        -----END PRIVATE KEY-----
        """
}
